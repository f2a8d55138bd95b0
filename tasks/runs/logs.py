"""How programs that run for long are logged: in plain lines, or in one JSON object a line for machines.

The sentences are the same either way, and masked where they are made. `RINGBACK_LOG_FORMAT=json` chooses.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from models.errors import RingbackError
from models.masking.quotes import without_numbers
from tasks.tracing import where_now

FIELDS = ("recovery", "job", "workspace", "request", "flow_run_id", "flow_run_name")
"""What a record may be about, beside its sentence; the last two are Prefect's."""
PREFECT: Mapping[str, str] = {
    "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": f"{__name__}.JsonLines",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
    "PREFECT_LOGGING_COLORS": "false",
}
"""What makes Prefect's server and workers write such lines too, in the variables of Prefect's own logging."""


class JsonLines(logging.Formatter):
    """One JSON object a record: when, how grave, from where, what, and about which recovery."""

    def __init__(self, *_given: Any, **_more: Any) -> None:
        """Take whatever a configuration gives a formatter: there is one form."""
        super().__init__()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **where_now(),
            **{name: str(found) for name in FIELDS if (found := getattr(record, name, None))},
        }
        if record.exc_info:
            line["traceback"] = without_numbers(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class LineReporter:
    """A reporter whose sentences and progress are such lines."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to a stream, stderr if none is given."""
        self._log = logging.Logger("ringback")  # noqa: LOG001  nobody else's handlers are to repeat it
        handler = logging.StreamHandler(stream or sys.stderr)
        handler.setFormatter(JsonLines())
        self._log.addHandler(handler)
        self._said = ""

    def say(self, message: str) -> None:
        """Log one sentence."""
        self._log.info(message)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Log that something has begun; how far it is changes too often for a log."""
        if what != self._said:
            self._said = what
            self._log.info("%s: %s%s", what, done, f" of {total}" if total else "")


def begin(form: str) -> None:
    """Log a program of ours on stderr in a form of the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("%(asctime)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def prefect_as_wished() -> None:
    """Let a run of Prefect's log as the settings say; settings that cannot be read say so later."""
    from tasks.runtime.settings.settings import load_settings

    with suppress(RingbackError, OSError):
        if load_settings().log_format == "json":
            for handler in logging.getLogger().handlers:
                handler.setFormatter(JsonLines())


def prefect_environment(form: str) -> dict[str, str]:
    """Return what a process of Prefect's is told to log in a form of the settings, unless it was told."""
    wished = PREFECT if form == "json" else {}
    return {name: os.environ.get(name, value) for name, value in wished.items()}
