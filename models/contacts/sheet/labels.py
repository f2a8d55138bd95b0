"""What kind of line a number is, told in a column beside it: "Phone 1 - Label: Work Fax"."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from models.contacts.sheet.names import NOT_THE_PERSON, is_foreign, tokens

_LABELS: Final = frozenset({"label", "labels", "type", "kind", "typ", "art", "tipo"})
_PLAIN: Final = frozenset({"value", "number", "numbers", "no", "nr", "num", "of", "the", "line", "nummer"})
_MOST_REMEMBERED: Final = 4096


def label_columns(header: Sequence[str], numbers: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return, for each number column, the places of the columns that may say what kind of line it is."""
    found = {}
    for number in numbers:
        ours = set(tokens(header[number])) - _PLAIN
        labels = [
            index
            for index, name in enumerate(header)
            if (words := set(tokens(name))) & _LABELS
            and (words - _LABELS - _PLAIN == ours or (abs(index - number) == 1 and words <= _LABELS))
        ]
        if labels:
            found[number] = tuple(labels)
    return found


class Labels:
    """Knows the numbers that a file itself calls a fax, a pager or somebody else's."""

    def __init__(self, columns: Mapping[int, Sequence[int]]) -> None:
        self._columns = columns
        self._known: dict[str, bool] = {}

    def suspects(self, column: int, rows: Sequence[Sequence[str]]) -> Iterator[int]:
        """List the positions of rows whose number in a column is not to be dialled."""
        if column in self._columns:
            yield from (at for at, cells in enumerate(rows) if self.forbid(column, cells))

    def forbid(self, column: int, cells: Sequence[str]) -> bool:
        """Tell whether a row says that its number in a column is not the person's to be called."""
        return any(
            index < len(cells) and self._is_foreign(cells[index]) for index in self._columns.get(column, ())
        )

    def _is_foreign(self, cell: str) -> bool:
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        if cell not in self._known:
            self._known[cell] = is_foreign_label(cell)
        return self._known[cell]


def is_foreign_label(cell: str) -> bool:
    """Tell whether a label says fax, pager or a helper, whatever else it says."""
    return is_foreign(cell) or any(word.endswith(tuple(NOT_THE_PERSON)) for word in tokens(cell))
