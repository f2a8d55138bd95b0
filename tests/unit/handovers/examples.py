"""Files and moments as small as a test wants them."""

from datetime import datetime, timedelta

from models.handovers.reports import Reported, read_report
from models.handovers.tables import Columns, Table
from tests.unit.look_example import NOW, phone

PLAIN = Columns()
HEAD = ("Phone Number", "Status", "Duration", "End Time", "Error")


def at(seconds: float) -> datetime:
    """Return a moment some seconds after the tests' own."""
    return NOW + timedelta(seconds=seconds)


def report(*rows: tuple[str, ...], header: tuple[str, ...] = HEAD, name: str = "report.csv") -> Table:
    """Return a report with some rows."""
    return Table("report", name, "digest", header, rows)


def upload(*people: int, name: str = "upload.csv") -> Table:
    """Return an upload of some people, each with a name."""
    rows = tuple((phone(n), f"Contact {n}") for n in people)
    return Table("upload", name, "digest", ("phone_number", "name"), rows)


def line(n: int, status: str, duration: str = "0", ended: str = "", error: str = "") -> tuple[str, ...]:
    """Return a report's row about the nth person."""
    return (phone(n), status, duration, ended, error)


def told(*rows: tuple[str, ...], columns: Columns = PLAIN, seconds: float = 0) -> dict[str, Reported]:
    """Return what a report of these rows says, handed over so many seconds after the tests' own moment."""
    return dict(read_report(report(*rows), columns, at(seconds)))
