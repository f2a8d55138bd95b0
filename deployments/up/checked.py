"""What has to be right before anything is started: settings, keys and ledger of every workspace."""

from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.workspaces import workspace_names
from tasks.runtime.wiring import Runtime, open_runtime


def checked_runtime() -> Runtime:
    """Return the default workspace's runtime; raises SettingsError or LedgerError with what to correct."""
    settings = load_settings()
    names = workspace_names(settings)
    if not names:
        raise SettingsError("RINGBACK_PLATFORM_KEY is not set. Give the key of the workspace.")
    runtimes = [open_runtime(settings, workspace=name) for name in names]
    for runtime in runtimes:
        # An address or a key that cannot be used is said now, and not by the first sweep.
        if runtime.unread is None:
            runtime.context("any")
    return open_runtime(settings)
