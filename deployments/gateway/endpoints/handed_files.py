"""A form with files: read piece by piece, kept in a private folder, and gone once it was looked at."""

import re
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from deployments.gateway.problems import ProblemError
from models.masking.quotes import without_numbers

KIND = "multipart/form-data"
MOST_FIELDS, LONGEST_FIELD = 20, 8192
PREFIX, STALE_SECONDS = "handed-", 3600.0
"""How folders of files begin, and after how long one belongs to a process that was killed."""
LONGEST_NAME = 80
_ODD = re.compile(r"[^\w.\[\] -]+")
NOT_WHOLE = (
    "The form cannot be read: it is broken, was cut off, or holds more than it can. Nothing was handed over."
)


Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True)
class HandedForm:
    """What came in: fields by name, and files that lie nowhere under a name yet."""

    fields: Mapping[str, str]
    files: Mapping[str, UploadFile]

    def saved(self, folder: Path) -> dict[str, Path]:
        """Write the files into a folder, each under a name that can be shown; return where they are."""
        try:
            return {name: _saved(file, folder / name) for name, file in self.files.items()}
        except OSError as error:
            raise ProblemError(
                503, f"The files cannot be kept here ({error.strerror}). Nothing was handed over."
            ) from None


def _saved(file: UploadFile, folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    path = folder / shown_name(file.filename or "", folder.name)
    with path.open("xb") as out:
        shutil.copyfileobj(file.file, out)
    return path


def shown_name(given: str, instead: str) -> str:
    """Return the name of a file as it may be shown and kept: no path, no number, nothing odd."""
    plain = without_numbers(PurePosixPath(given.replace("\\", "/")).name)
    return _ODD.sub("_", plain)[-LONGEST_NAME:].strip(". ") or instead


@contextmanager
def private_folder(home: Path) -> Iterator[Path]:
    """Give a folder that nobody else reads, and remove it; what a killed process has left goes first."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in home.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left)
    with TemporaryDirectory(prefix=PREFIX, dir=home) as name:
        yield Path(name)


class _WholeForm(MultiPartParser):
    """A parser that knows whether it has seen the form's end; a form that was cut off has none."""

    has_ended = False

    def on_end(self) -> None:
        self.has_ended = True


@asynccontextmanager
async def handed_form(request: Request, files: tuple[str, ...]) -> AsyncIterator[HandedForm]:
    """Read a form that may bring these files; raises ProblemError for any other body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise ProblemError(415, f"Send the hand-over as {KIND}, as `curl -F` does. Nothing was handed over.")
    items = await _items(request.headers, request.stream(), len(files))
    try:
        yield _sorted(items, files)
    finally:
        for _, value in items:
            if isinstance(value, UploadFile):
                await value.close()


async def _items(
    headers: Headers, stream: AsyncGenerator[bytes, None], files: int
) -> list[tuple[str, str | UploadFile]]:
    # One file more than there are, so that a second one of a name is said to be that.
    parser = _WholeForm(
        headers, stream, max_files=files + 1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
    )
    try:
        found = await parser.parse()
    except (MultiPartException, ClientDisconnect, UnicodeError):
        raise ProblemError(400, NOT_WHOLE) from None
    if not parser.has_ended:
        await found.close()
        raise ProblemError(400, NOT_WHOLE)
    return found.multi_items()


def _sorted(items: list[tuple[str, str | UploadFile]], files: tuple[str, ...]) -> HandedForm:
    # What a browser sends for a field that was left empty says nothing.
    told = [(name, value) for name, value in items if not _is_empty(value)]
    _refuse_twice([name for name, _ in told])
    form = HandedForm(
        {name: value for name, value in told if isinstance(value, str)},
        {name: value for name, value in told if isinstance(value, UploadFile)},
    )
    if misplaced := sorted((form.fields.keys() & set(files)) | (form.files.keys() - set(files))):
        raise RequestValidationError([_error(name, _misplaced(name, files)) for name in misplaced])
    return form


def _is_empty(value: str | UploadFile) -> bool:
    if isinstance(value, UploadFile):
        return not value.filename and not value.size
    return not value.strip()


def _refuse_twice(names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RequestValidationError(
            [_error(name, "It was given more than once: send one.") for name in twice]
        )


def _misplaced(name: str, files: tuple[str, ...]) -> str:
    return "It has to be a file." if name in files else "It takes no file."


def missing(name: str) -> RequestValidationError:
    """Return what refuses a form without a file that it is for."""
    return RequestValidationError([_error(name, "Send the file.")])


def _error(name: str, message: str) -> dict[str, Any]:
    return {"loc": ("body", name), "type": "value_error", "msg": message}


def checked(body: type[Body], fields: Mapping[str, str]) -> Body:
    """Return the fields as the body they are; raises RequestValidationError, which repeats no value."""
    try:
        return body.model_validate(dict(fields))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise RequestValidationError([one | {"loc": ("body", *one["loc"])} for one in found]) from None


def described(body: type[BaseModel], files: Mapping[str, str]) -> dict[str, Any]:
    """Return the description of a form for OpenAPI: its fields, and its files with what each of them is."""
    schema = body.model_json_schema(by_alias=True)
    schema["properties"] |= {
        name: {"type": "string", "format": "binary", "description": said} for name, said in files.items()
    }
    return {"requestBody": {"required": True, "content": {KIND: {"schema": schema}}}}
