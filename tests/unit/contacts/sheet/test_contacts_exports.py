"""Exports as other systems write them: nobody is called who is not to be, and nobody is lost unsaid."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tasks.contact_files.file import check_file, iter_checked
from tests.exports.files import Export, export, numbers_never_dialled
from tests.exports.formats import FORMATS

FILES = int(os.environ.get("RINGBACK_EXPORTS", "2000"))
"""How many files are made; a longer look asks for more."""
PARTS = 4


def judged(made: Export, folder: Path) -> tuple[int, int]:
    """Hold a file's check against the truth; return how many people must be dialled, and are."""
    path = folder / "export.csv"
    path.write_bytes(made.content)
    rows = {row.row: row for row in iter_checked(path, region=made.region)}
    never = numbers_never_dialled(made)
    must = dialled = 0
    for place, row in rows.items():
        assert row.e164 is None or place in made.people, f"{made.system}: row {place} is nobody's"
        assert row.e164 not in never, f"{made.system}: row {place} is called against the file's word"
    for place, person in made.people.items():
        row = rows[place]
        codes = [problem.code for problem in row.problems]
        assert row.e164 in person.right or (row.e164 is None and codes), f"{made.system}: row {place} {codes}"
        if person.must:
            must += 1
            dialled += row.e164 is not None
    return must, dialled


@pytest.mark.parametrize("part", range(PARTS))
def test_exports_are_read_right_or_held_with_a_word(part: int, tmp_path: Path) -> None:
    """Each person is dialled on exactly their number or named; who refuses calls is in no row dialled."""
    must: Counter[str] = Counter()
    dialled: Counter[str] = Counter()
    for seed in range(part, FILES, PARTS):
        made = export(seed)
        try:
            wanted, got = judged(made, tmp_path)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
        must[made.system] += wanted
        dialled[made.system] += got
    assert set(must) == set(FORMATS) or FILES < 100 * PARTS
    assert {name: dialled[name] for name in must} == must, "plain rows were held"


def test_every_loss_is_in_the_first_line(tmp_path: Path) -> None:
    """Whatever a file loses, the first sentence about it counts it."""
    for seed in range(0, FILES, 20):
        made = export(seed)
        path = tmp_path / "export.csv"
        path.write_bytes(made.content)
        report = check_file(path, region=made.region)
        if report.held:
            assert report.headline.startswith(f"{report.held:,} of {report.rows:,} rows"), seed
        else:
            assert "may be dialled" in report.headline, seed
