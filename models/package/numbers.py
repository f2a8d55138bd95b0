"""What looks like a whole phone number in a file of a package, found by its looks alone."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from models.masking.phone import KnownNumbers
from models.masking.redaction import redact
from models.masking.text import Redactor

_KEY = b"counts only, nothing is kept"
_NOBODY = KnownNumbers({}, ())
_BETWEEN_TAGS = re.compile(r">([^<>]+)<")
_CLAIMS = frozenset({"claimed", "continued"})
_TEXT_CHUNKS = frozenset({b"tEXt", b"iTXt"})


def whole_numbers(name: str, data: bytes) -> int:
    """Return how many whole numbers a file seems to hold; pictures are asked for their words alone."""
    if name.endswith((".json", ".jsonl")):
        return sum(map(_in_document, _documents(name, data)))
    return sum(map(_in_text, _texts(name, data)))


def _documents(name: str, data: bytes) -> Iterator[Any]:
    text = data.decode("utf-8", "replace")
    for part in text.splitlines() if name.endswith(".jsonl") else [text]:
        try:
            yield json.loads(part)
        except (ValueError, RecursionError):
            yield part


def _in_document(document: Any) -> int:
    return redact(_without_host(document), key=_KEY)[1].get("number", 0)


def _without_host(document: Any) -> Any:
    # The name of the machine that claimed a job is kept as it is: an auditor asks for it.
    if isinstance(document, Mapping) and document.get("kind") in _CLAIMS:
        body = document.get("body")
        if isinstance(body, Mapping):
            return {**document, "body": {k: v for k, v in body.items() if k != "host"}}
    return document


def _in_text(text: str) -> int:
    redactor = Redactor(_KEY, _NOBODY, Counter())
    redactor.text(text)
    return redactor.counts["number"]


def _texts(name: str, data: bytes) -> Iterator[str]:
    if name.endswith(".png"):
        yield from _words_of_png(data)
        return
    if name.endswith(".jpg"):
        return
    text = data.decode("utf-8", "replace")
    if name.endswith(".svg"):
        yield from _BETWEEN_TAGS.findall(text)
    elif name.endswith(".csv"):
        yield from _cells(text)
    else:
        yield from text.splitlines()


def _cells(text: str) -> set[str]:
    try:
        return {cell for row in csv.reader(io.StringIO(text)) for cell in row}
    except csv.Error:
        return set(text.splitlines())


def _words_of_png(data: bytes) -> Iterator[str]:
    """Yield the texts beside the pixels; a chunk is its length, kind, content and checksum."""
    place = 8
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if kind in _TEXT_CHUNKS:
            yield data[place + 8 : place + 8 + size].decode("utf-8", "replace")
        place += size + 12
