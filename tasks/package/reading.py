"""Reading a package that came from anywhere: bounded, in memory, and nothing is ever unpacked to disk."""

import io
import stat
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from models.errors import EXIT_USAGE, RingbackError
from models.package.layout import MANIFEST

MOST_FILE = 30_000_000
"""Bytes of the zip: three times what a package may have."""
MOST_NAMES = 200
MOST_WHOLE = 120_000_000
"""Bytes of all files together, as they are counted while they are read and not as the zip claims."""

_END = b"PK\x05\x06"
_END_BYTES, _COMMENT = 22, 65_535
_MOST_DIRECTORY = MOST_NAMES * 600
_CHUNK = 1 << 16
_BROKEN = (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)
"""What reading a zip raises where it is cut off, damaged, encrypted or compressed in another way."""


class NotAPackageError(RingbackError):
    """What was given is no package of ringback, or no zip that can be read safely."""

    exit_code = EXIT_USAGE
    next_action = "Name the zip that `ringback escalate` has made, whole and as it was made."


def read_package(path: Path) -> tuple[bytes, dict[str, bytes]]:
    """Return the zip's bytes, and its files by their names; raises NotAPackageError with why not."""
    data = _bytes_of(path)
    _small_directory(path, data)
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _safe_names(path, infos)
            return data, _files(path, archive, infos)
    except _BROKEN as error:
        raise NotAPackageError(
            f"{path.name} is cut off or damaged: its files cannot be read. Ask for it once more."
        ) from error


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_FILE + 1)
    except OSError as error:
        why = error.strerror or "unknown"
        raise NotAPackageError(f"{path} cannot be read ({why}). Name a file that can.") from None
    if len(data) > MOST_FILE:
        raise NotAPackageError(f"{path.name} is larger than {MOST_FILE:,} bytes: no package is.")
    if not data.startswith(b"PK\x03\x04"):
        raise NotAPackageError(f"{path.name} is not a zip, so it is no package.")
    return data


def _small_directory(path: Path, data: bytes) -> None:
    """Look at the size of the zip's directory before anything goes through it."""
    end = data.rfind(_END, max(0, len(data) - _END_BYTES - _COMMENT))
    if end < 0:
        raise NotAPackageError(
            f"{path.name} is cut off: the end of the zip is missing. Ask for it once more."
        )
    if int.from_bytes(data[end + 12 : end + 16], "little") > _MOST_DIRECTORY:
        raise _too_many(path)


def _safe_names(path: Path, infos: list[ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if len(names) > MOST_NAMES:
        raise _too_many(path)
    for info in infos:
        parts = info.filename.split("/")
        odd = any(part in {"", ".", ".."} for part in parts) or any(c in info.filename for c in "\\:\0")
        if odd or stat.S_ISLNK(info.external_attr >> 16):
            raise NotAPackageError(
                f"{path.name} holds a file whose name leads out of it ({info.filename[:60]!r}). "
                "It is not opened."
            )
    if len(set(names)) < len(names):
        raise NotAPackageError(f"{path.name} holds two files of one name: which of them is meant is unknown.")
    if MANIFEST not in names:
        raise NotAPackageError(f"{path.name} is a zip, and no package of ringback: it has no {MANIFEST}.")


def _files(path: Path, archive: ZipFile, infos: list[ZipInfo]) -> dict[str, bytes]:
    found, left = dict[str, bytes](), MOST_WHOLE
    for info in infos:
        found[info.filename] = _read(path, archive, info, left)
        left -= len(found[info.filename])
    return found


def _read(path: Path, archive: ZipFile, info: ZipInfo, most: int) -> bytes:
    out = bytearray()
    with archive.open(info) as file:
        while chunk := file.read(_CHUNK):
            out += chunk
            if len(out) > most:
                raise NotAPackageError(
                    f"{path.name} unpacks to more than {MOST_WHOLE:,} bytes: no package does. "
                    "It was not read on."
                )
    return bytes(out)


def _too_many(path: Path) -> NotAPackageError:
    return NotAPackageError(f"{path.name} holds more than {MOST_NAMES} files: no package does.")
