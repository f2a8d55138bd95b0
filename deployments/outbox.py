"""`python -m deployments.outbox`: delivers what is due until it is stopped."""

import sys
from contextlib import suppress

from tasks.runs import logs
from tasks.runtime.outbox import main
from tasks.runtime.settings.settings import SettingsError, load_settings


def run() -> int:
    """Deliver, logged as the settings say; where they cannot be read the delivery says so."""
    with suppress(SettingsError):
        logs.begin(load_settings().log_format)
    return main()


if __name__ == "__main__":
    sys.exit(run())
