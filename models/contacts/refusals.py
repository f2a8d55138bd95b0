"""Which rows of a contact file say that somebody takes no calls."""

from collections.abc import Iterator, Sequence
from typing import Final

from models.contacts.consent import ColumnKind, ConsentColumn, Says, says
from models.contacts.sentences import no_consent, refused, unclear
from models.contacts.sheet.columns import shown_name
from models.contacts.unwanted import may_be_against_calls

_MOST_REMEMBERED: Final = 4096


class Refusals:
    """Reads the columns of a file that may forbid calls."""

    def __init__(self, columns: Sequence[ConsentColumn]) -> None:
        self.plain = tuple(column for column in columns if column.kind is not ColumnKind.WORDS)
        """Columns that are about consent by their name."""
        self.worded = tuple(column for column in columns if column.kind is ColumnKind.WORDS)
        """Columns of statuses, tags and notes, in which few words are about calls."""
        self._told: set[int] = set()
        self._known: dict[tuple[int, str], Says] = {}

    @property
    def is_any(self) -> bool:
        """Tell whether the file has a column that may forbid calls."""
        return bool(self.plain or self.worded)

    def drop_worded(self) -> None:
        """Leave statuses, tags and notes alone: it is known that no word of theirs is about calls."""
        self.worded = ()

    def learn(self, cells: Sequence[str]) -> None:
        """Remember which columns say anything at all: an empty cell says no more than an empty column."""
        for column in self.plain:
            if column.index < len(cells) and cells[column.index].strip():
                self._told.add(column.index)

    def unused(self) -> tuple[str, ...]:
        """Name the columns on consent in which no row says anything."""
        return tuple(
            column.name
            for column in self.plain
            if column.kind is ColumnKind.CONSENT and column.index not in self._told
        )

    def suspects(self, rows: Sequence[Sequence[str]]) -> Iterator[int]:
        """List the positions of rows that may refuse calls; the others certainly do not."""
        for column in self.plain:
            index = column.index
            texts = [_cell(cells, index) for cells in rows]
            known = {text for text in set(texts) if self._plainly(column, text)}
            if known:
                yield from (at for at, text in enumerate(texts) if text in known)
        for column in self.worded:
            index = column.index
            texts = [_cell(cells, index) for cells in rows]
            if may_be_against_calls("\t".join(texts)):
                yield from (at for at, text in enumerate(texts) if may_be_against_calls(text))

    def of(self, cells: Sequence[str]) -> dict[str, str]:
        """Return why a row is not called, as sentences by code; the strongest word decides."""
        found: dict[str, str] = {}
        for column in self.plain:
            found = self._plainly(column, _cell(cells, column.index)) | found
        for column in self.worded:
            found = _told(column, says(ColumnKind.WORDS, _cell(cells, column.index))) | found
        return {"opted_out": found["opted_out"]} if "opted_out" in found else found

    def _plainly(self, column: ConsentColumn, cell: str) -> dict[str, str]:
        if column.kind is ColumnKind.CONSENT and not cell.strip():
            is_told = column.index in self._told
            return {"consent_missing": no_consent(shown_name(column.name))} if is_told else {}
        return _told(column, self._says(column, cell))

    def _says(self, column: ConsentColumn, cell: str) -> Says:
        found = self._known.get((column.index, cell))
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[column.index, cell] = says(column.kind, cell)
        return found


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _told(column: ConsentColumn, said: Says) -> dict[str, str]:
    name = shown_name(column.name)
    if said is Says.REFUSED:
        return {"opted_out": refused(name)}
    return {"opt_out_unclear": unclear(name)} if said is Says.UNCLEAR else {}
