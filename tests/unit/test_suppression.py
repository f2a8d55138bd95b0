"""The opt-out file: read as people write such files, never ignored, never guessed at."""

import os
from pathlib import Path

import pytest

from tasks.suppression import UnreadableList, from_file

KIM, LEE = "+61491570006", "+61255501234"


def listed(tmp_path: Path, content: bytes, region: str | None = "AU") -> frozenset[str]:
    """Read a file of that content."""
    path = tmp_path / "optouts"
    path.write_bytes(content)
    return from_file(path, region)


@pytest.mark.parametrize(
    "content",
    [
        f"{KIM}\n{LEE}\n".encode(),
        f"phone,why\n{KIM},asked\n{LEE},asked\n".encode(),
        f"phone;why\r\n{KIM};asked\r\n\r\n{LEE};asked\r\n".encode("utf-8-sig"),
        f"phone\t\n{KIM}\t1\n{LEE}\t2".encode("utf-16"),
        b'# opted out by mail\n0491 570 006\n"(02) 5550 1234"\n',
        f"  {KIM}  \n'{LEE}\n{KIM}\n".encode(),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, content: bytes) -> None:
    """Plain lists, CSV with a head, Excel's encodings, comments, national spellings and doubles are fine."""
    assert listed(tmp_path, content) == {KIM, LEE}


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    """A file in which nobody opted out yet holds nobody back."""
    assert listed(tmp_path, b"phone,why\n") == frozenset()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{KIM}\nKim Lee\n".encode(), "2"),
        (f"phone\n{KIM}\n12\n".encode(), "3"),
        (b"6.14E+10\n", "1"),
    ],
)
def test_a_line_that_is_no_number_holds_everybody(tmp_path: Path, content: bytes, line: str) -> None:
    """Somebody opted out there, and nobody knows who: the line is named, its content is not."""
    with pytest.raises(UnreadableList, match=rf"\({line}\)") as caught:
        listed(tmp_path, content)
    assert "Kim" not in str(caught.value)


def test_a_national_number_needs_a_country(tmp_path: Path) -> None:
    """Without a default region a number of some country is no knowledge of whom not to call."""
    with pytest.raises(UnreadableList, match="default_region"):
        listed(tmp_path, b"0491 570 006\n", region=None)


def test_a_missing_list_is_no_empty_list(tmp_path: Path) -> None:
    """A path without a file holds, in one sentence that names it."""
    with pytest.raises(UnreadableList, match=r"gone\.csv cannot be read"):
        from_file(tmp_path / "gone.csv", "AU")


def test_the_list_is_read_anew(tmp_path: Path) -> None:
    """A change counts at once, also where size and time stay the same."""
    path = tmp_path / "optouts"
    path.write_text(KIM, encoding="utf-8")
    before = path.stat()
    assert from_file(path, None) == {KIM}
    path.write_text(KIM[:-1] + "7", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert from_file(path, None) == {KIM[:-1] + "7"}


def test_a_hundred_thousand_lines_are_read_fast(tmp_path: Path) -> None:
    """Clean E.164 needs no library: a list of that size is no reason to skip reading it before a wave."""
    numbers = [f"+614{n:08d}" for n in range(100_000)]
    assert len(listed(tmp_path, "\n".join(numbers).encode())) == len(numbers)
