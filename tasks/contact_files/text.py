"""The bytes of a contact file: whether it can be read at all, and in which encoding."""

import codecs
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from models.contacts.sheet.layout import kind_of, marked_encoding, unmarked_utf16
from models.contacts.verdict import ContactFileError

_CHUNK = 1 << 20
_REFUSED = {
    "empty": "{name} is empty: export the contacts again.",
    "xls": "{name} is an old Excel workbook (.xls): save it as CSV UTF-8.",
}


@dataclass(frozen=True, slots=True)
class ContactFileSource:
    """A file that can be read: `size` in bytes, and its encoding, or None for a workbook (.xlsx).

    `content` is all of it where it has been read already, so that nobody can change it in between.
    """

    path: Path
    size: int
    encoding: str | None
    content: bytes | None = field(default=None, repr=False)

    def open(self) -> BinaryIO:
        """Open the file's bytes from their beginning."""
        return self.path.open("rb") if self.content is None else io.BytesIO(self.content)


def examine(path: Path) -> ContactFileSource:
    """Look at a file before it is read; ContactFileError says in one sentence what to do about a bad one."""
    try:
        status = path.stat()
        _refuse_irregular(path, status)
        return _examined(ContactFileSource(path, status.st_size, None))
    except OSError as fault:
        raise ContactFileError(unreadable(path, fault)) from fault


def examine_content(path: Path, content: bytes) -> ContactFileSource:
    """Look at a file whose bytes are known already; errors as for `examine`."""
    return _examined(ContactFileSource(path, len(content), None, content))


def _examined(source: ContactFileSource) -> ContactFileSource:
    with source.open() as file:
        kind = kind_of(file.read(1 << 16))
    if kind == "xlsx":
        return source
    if kind != "text":
        sentence = _REFUSED.get(kind, "{name} is {kind}, not a list of contacts: export it as CSV.")
        raise ContactFileError(sentence.format(name=source.path.name, kind=kind))
    return replace(source, encoding=_encoding(source))


def unreadable(path: Path, fault: OSError) -> str:
    """Say why the system does not let a file be read, and what to do."""
    if isinstance(fault, FileNotFoundError):
        return f"There is no file {path}: check the path."
    if isinstance(fault, PermissionError):
        return f"{path.name} may not be read by this user: change its permissions."
    return f"{path.name} cannot be read ({os.strerror(fault.errno or 0)}): copy it elsewhere and try again."


def _refuse_irregular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ContactFileError(f"{path} is a directory: give the contact file itself.")
    if not stat.S_ISREG(status.st_mode):
        raise ContactFileError(f"{path} is not a regular file: save the contacts to a file first.")


def _encoding(source: ContactFileSource) -> str:
    """Return the first encoding that reads the whole file without a fault.

    A UTF-8 file stays UTF-8 only if every byte agrees, because a half-decoded name would be read out wrong.
    """
    with source.open() as file:
        head = file.read(1 << 16)
    named = marked_encoding(head) or unmarked_utf16(head)
    for encoding in [named] if named else ["utf-8", "cp1252"]:
        if _decodes(source, encoding):
            return encoding
    raise ContactFileError(f"{source.path.name} mixes encodings or is damaged: save it again as CSV UTF-8.")


def _decodes(source: ContactFileSource, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(source):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _chunks(source: ContactFileSource) -> Iterator[bytes]:
    """Read a file in pieces; a piece without a line end is no list and would not fit in memory."""
    with source.open() as file:
        while chunk := file.read(_CHUNK):
            if len(chunk) == _CHUNK and b"\n" not in chunk and b"\r" not in chunk:
                raise ContactFileError(
                    f"{source.path.name} has a line of more than 1 MB: export it with one contact a line."
                )
            yield chunk
