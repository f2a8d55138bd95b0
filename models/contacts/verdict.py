"""What is said about one row of a contact file."""

from dataclasses import dataclass, field

from models.errors import EXIT_USAGE, RingbackError


class ContactFileError(RingbackError):
    """A contact file cannot be checked at all; the message is one sentence that says what to do."""

    exit_code = EXIT_USAGE
    next_action = "Put the file right, then check it again."


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with a row, told without any digit of its number.

    `row` counts data rows from 1 (0 speaks of the whole file); `line` is the line of the file on which the
    row starts. `repaired` is True only where the row may be dialled all the same.
    """

    row: int
    line: int
    code: str
    message: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row after the check: `e164` is set if and only if the row may be dialled.

    `raw` is the number cell as the file holds it. Neither it nor `e164` appears in the repr.
    """

    row: int
    line: int
    raw: str = field(repr=False)
    e164: str | None = field(repr=False)
    problems: tuple[RowProblem, ...]
