"""No traceback for a run that ended as failed on purpose: its state says in a sentence what is wrong."""

import logging

from prefect.exceptions import FailedRun

LOGGERS = ("prefect.flow_runs", "prefect.engine")
"""Where Prefect's engine logs that a run, whose returned state is a failed one, raised an exception."""


class _OnPurpose(logging.Filter):
    """Drops records of the one exception by which Prefect passes a returned failed state on."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is kept."""
        return not (record.exc_info and isinstance(record.exc_info[1], FailedRun))


_QUIET = _OnPurpose()


def without_traceback() -> None:
    """Keep the traceback of this process's returned state out of the run's log; other errors stay in it."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_QUIET)
