"""A made-up export as bytes: encoding, delimiter, quotes, titles, totals and what else happens on the way."""

import codecs
import csv
import io
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.exports.formats import FORMATS, Table, Writer
from tests.exports.people import COUNTRIES, Person

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252")
TITLES = (
    [["Campaign call list"], ["Reporting Period:", "2026-05-01 to 2026-05-31"], []],
    [["Leads by source"], ["As of 2026-05-31 10:00:00"], ["Filtered By: Status equals Open"], []],
    [["Report"], ["From:", "2026-05-01"], ["To:", "2026-05-31"]],
)
ENDINGS = (
    [[], ["Totals:", "2"]],
    [["Grand Total", "7"]],
    [[], ["Copyright (c) 2000-2026 a vendor. All rights reserved."]],
    [["3 records"]],
)


@dataclass(frozen=True, slots=True)
class Export:
    """A file's bytes, the country it is checked for, and who stands in each of its data rows, from 1."""

    system: str
    content: bytes
    region: str
    people: dict[int, Person]


def export(seed: int) -> Export:
    """Make the file of a seed."""
    dice = Random(seed)
    system = dice.choice(list(FORMATS))
    table = FORMATS[system](Writer(dice, dice.choice(["AU", "GB", "US", "FR"])))
    _disturb(dice, table)
    rows = [table.header, *table.rows]
    if dice.random() < 0.3:
        rows = [*dice.choice(TITLES), *rows]
    if dice.random() < 0.3:
        rows += [[*cells, *[""] * (len(table.header) - len(cells))] for cells in dice.choice(ENDINGS)]
    encoding = "utf-16" if system == "meta" else dice.choice(ENCODINGS)
    delimiter = "\t" if system == "meta" else dice.choice(",,,;;\t|")
    people = {at: person for at, person in enumerate(table.people, 1) if person is not None}
    return Export(system, _encoded(_text(dice, rows, delimiter), encoding), table.region, people)


def _disturb(dice: Random, table: Table) -> None:
    """Add what happens to exports: an empty column, a blank row, the header again, somebody twice."""
    if dice.random() < 0.2:
        _blank_column(table)
    if dice.random() < 0.2:
        at = dice.randrange(len(table.rows))
        table.rows.insert(at, dice.choice([[""] * len(table.header), list(table.header)]))
        table.people.insert(at, None)
    if dice.random() < 0.3:
        _twice(dice, table)


def _blank_column(table: Table) -> None:
    table.header.append("")
    for row in table.rows:
        row.append("")


def _twice(dice: Random, table: Table) -> None:
    """Let somebody stand in the file again, without the word against calls that the first row may hold."""
    known = [at for at, person in enumerate(table.people) if person and len(person.right) == 1]
    if not known:
        return
    at = dice.choice(known)
    first = table.people[at]
    assert first is not None
    row = list(table.rows[at])
    if not first.may_call:
        cells = [other for other, who in zip(table.rows, table.people, strict=True) if who and who.may_call]
        if not cells:
            return
        row = [mine if _is_of_number(table.header[i]) else cells[0][i] for i, mine in enumerate(row)]
    place = dice.randrange(len(table.rows) + 1)
    table.rows.insert(place, row)
    table.people.insert(place, Person(first.number, may_call=first.may_call, right=first.right))
    first.must = False


def _is_of_number(name: str) -> bool:
    words = name.lower()
    return any(word in words for word in ("phone", "contact", "mobile", "country"))


def _text(dice: Random, rows: list[list[str]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    quoting: Any = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    end = dice.choice(["\n", "\r\n"])
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-16-be-bom":
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    return text.encode(encoding)


def numbers_never_dialled(made: Export) -> set[str]:
    """Return the numbers of those whom the file says not to call, by whatever row."""
    return {number for person in made.people.values() if not person.may_call for number in person.right}


__all__ = ["COUNTRIES", "Export", "export", "numbers_never_dialled"]
