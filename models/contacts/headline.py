"""The first line that is said of a contact file: how many people it has, and who of them is not called."""

from collections import Counter
from collections.abc import Iterable

from models.contacts.verdict import RowProblem

_LOSING = {
    "lead_in": "lines before the table were taken for a title",
    "other_sheets": "other sheets of the workbook were not read",
}
"""Notes by which rows of the file never came to be judged."""


def headline(rows: int, ok: int, problems: Iterable[RowProblem], notes: Iterable[RowProblem]) -> str:
    """Return one sentence: rows, those that may be dialled, and what keeps the others from it."""
    reasons = Counter(problem.code for problem in problems if not problem.repaired)
    unread = [_LOSING[note.code] for note in notes if note.code in _LOSING]
    more = f" Look also: {'; '.join(unread)}." if unread else ""
    if rows == 0:
        return f"The file has no contacts: there is nobody to call.{more}"
    if ok == rows:
        return f"{'The one row' if rows == 1 else f'All {rows:,} rows'} may be dialled.{more}"
    said = ", ".join(f"{count:,} {code}" for code, count in reasons.most_common())
    lost = rows - ok
    verb = "is" if lost == 1 else "are"
    return f"{lost:,} of {rows:,} rows {verb} NOT dialled ({said}); {ok:,} may be.{more}"
