"""Files that are whole or not there: over an old one, beside a new one, and when the disk says no."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.whole_file import beside, put, put_new, write_new, write_whole

WRITES = (write_whole, write_new)


@pytest.mark.parametrize("write", WRITES)
def test_a_file_is_written_for_its_owner_only(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    """Keys and passwords are nobody else's to read, and nothing lies beside them afterwards."""
    write(tmp_path / "keys", b"secret\n")
    assert (tmp_path / "keys").read_bytes() == b"secret\n"
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


def test_of_two_writers_the_last_or_the_first_one_counts(tmp_path: Path) -> None:
    """What is written whole takes the place of the old file; what is new never does."""
    path = tmp_path / "keys"
    write_new(path, b"first")
    write_new(path, b"second")
    assert path.read_bytes() == b"first"
    write_whole(path, b"third")
    assert path.read_bytes() == b"third"
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("write", WRITES)
def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, write: Callable[[Path, bytes], None]
) -> None:
    """A name that cannot be taken is an error of the system, and no half file lies about."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()
    with pytest.raises(OSError, match=r"taken|folder"):
        write_whole(tmp_path / "taken", b"x")
    with pytest.raises(OSError, match="no folder"):
        write(tmp_path / "no folder" / "keys", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_a_filled_file_is_hidden_until_it_has_its_name(tmp_path: Path) -> None:
    """Whoever looks for the file meanwhile finds the old one or none."""
    path = tmp_path / "package.zip"
    fresh = beside(path)
    fresh.write_bytes(b"half")
    assert fresh.name.startswith(".package.zip.")
    assert not path.exists()
    put_new(fresh, path)
    with pytest.raises(FileExistsError):
        put_new(fresh, path)
    put(fresh, tmp_path / "other.zip")
    assert (tmp_path / "other.zip").read_bytes() == path.read_bytes() == b"half"
    assert not fresh.exists()
