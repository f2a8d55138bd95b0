"""What the simulation has played survives its process: outcomes are kept as they come."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.kept import Kept, OtherBuildError
from tests.simulation.truth import Outcome

ONE = Outcome(0, 1, "well", "fell-short", "recovered", ["recovered"], "go", [], 0, 5, 5, 0, 0, 0)
TWO = replace(ONE, index=1, breaches=["I1: somebody"], guards={"witness.twin": 1})


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    """Each outcome as it was, those of a second run beside those of the first."""
    kept = Kept(tmp_path / "kept", 1)
    assert kept.read() == []
    kept.add([ONE])
    kept.add([TWO])
    assert kept.read() == [ONE, TWO]


def test_a_line_that_a_death_cut_off_is_played_again(tmp_path: Path) -> None:
    """Neither is it counted, nor does it spoil what comes after it."""
    file = tmp_path / "kept"
    Kept(file, 1).add([ONE, TWO])
    file.write_text(file.read_text()[:-30])
    assert Kept(file, 1).read() == [ONE]
    Kept(file, 1).add([TWO])
    assert Kept(file, 1).read() == [ONE, TWO]


def test_outcomes_of_another_build_or_seed_are_refused(tmp_path: Path) -> None:
    """A table shows one build: what another one has shown is not added to it."""
    Kept(tmp_path / "kept", 1).add([ONE])
    with pytest.raises(OtherBuildError, match="another build or seed"):
        Kept(tmp_path / "kept", 2).read()


def test_without_a_file_nothing_is_kept() -> None:
    """It is asked for, or it is not there."""
    Kept(None, 1).add([ONE])
    assert Kept(None, 1).read() == []
