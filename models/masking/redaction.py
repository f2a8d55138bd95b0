"""Masks, tokens and the redaction of everything that leaves the ledger."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from models.masking.keys import KeyKind, is_count, is_moment, kind_of_key
from models.masking.phone import NOT_A_NUMBER, SHORTEST, KnownNumbers, ascii_digits, mask_phone, phone_token
from models.masking.text import SECRET, Redactor

__all__ = [
    "CONTENT",
    "NOT_A_NUMBER",
    "SECRET",
    "known_of",
    "mask_phone",
    "phone_token",
    "redact",
    "redact_by",
]

CONTENT = "[left out: what was said or known about the person]"
TOO_DEEP = "[left out: nested too deep]"

_DEEPEST = 60
_SHORTEST_UNDER_PHONE = 6
known_of = lru_cache(maxsize=4)(KnownNumbers.of)
"""The index of a job's numbers, made once; whoever redacts much keeps it and calls `redact_by`."""


def redact(
    value: Any, *, key: bytes, known_numbers: frozenset[str] = frozenset()
) -> tuple[Any, dict[str, int]]:
    """Return the value without secrets, personal content, e-mail addresses and whole phone numbers.

    Works through dicts (keys too), lists and texts, and through JSON inside a text. A number becomes its mask
    and token, so that it can be matched inside one package: `+61•••••••78[c_1a2b3c4d]`. `known_numbers` are
    found in any formatting and also where they are typed as integers; other numbers are found by their looks,
    which spares ids that carry letters (`conv_123456789012`), UUIDs, ISO times and integers, the last unless
    their key speaks of a phone or number. Returns it with the counts by kind: number, email, secret, content.
    """
    return redact_by(value, key=key, known=known_of(known_numbers))


def redact_by(value: Any, *, key: bytes, known: KnownNumbers) -> tuple[Any, dict[str, int]]:
    """Return the same by an index of the known numbers: to look one up compares all of them."""
    redactor = Redactor(key, known, Counter())
    return _walk(value, redactor, "", 0), dict(sorted(redactor.counts.items()))


def _walk(value: Any, redactor: Redactor, name: str, depth: int) -> Any:
    """Redact one value; `name` is the key it stands under."""
    if depth > _DEEPEST:
        return TOO_DEEP
    kind = kind_of_key(name)
    if kind in {KeyKind.SECRET, KeyKind.CONTENT} and not _is_harmless(value, name):
        redactor.counts[kind.value] += 1
        return SECRET if kind is KeyKind.SECRET else CONTENT
    if isinstance(value, Mapping):
        return _mapping(value, redactor, depth)
    if isinstance(value, AbstractSet):
        value = sorted(value, key=repr)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_walk(item, redactor, name, depth + 1) for item in value]
    return _leaf(value, redactor, name, depth)


def _leaf(value: Any, redactor: Redactor, name: str, depth: int) -> Any:
    """Redact a value that holds no others."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _figure(value, redactor, name)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return _text(text, redactor, name, depth)


def _is_harmless(value: Any, name: str) -> bool:
    """Tell whether a value under a secret or private key gives nothing away."""
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return True
    if isinstance(value, str):
        # Our own tokens and what an earlier pass has put there.
        return value in {SECRET, CONTENT} or (value.startswith("c_") and len(value) == len("c_12345678"))
    return isinstance(value, int | float) and is_count(name)


def _mapping(value: Mapping[Any, Any], redactor: Redactor, depth: int) -> dict[str, Any]:
    """Redact a mapping, its keys too; `{"name": "Authorization", "value": ...}` counts as one pair."""
    label = value.get("name", value.get("key"))
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = str(label) if key == "value" and isinstance(label, str) else str(key)
        shown = redactor.text(str(key))
        while shown in found:
            shown += "'"
        found[shown] = _walk(item, redactor, name, depth + 1)
    return found


def _figure(value: float, redactor: Redactor, name: str) -> Any:
    """Redact an integer where it is a known number or its key says so; other figures stay."""
    whole = str(int(value)) if isinstance(value, int) or value.is_integer() else ""
    if len(whole.lstrip("-")) < _SHORTEST_UNDER_PHONE:
        return value
    if kind_of_key(name) is KeyKind.PHONE and len(whole) >= SHORTEST:
        return redactor.number(_as_known(whole, redactor))
    if is_moment(name):
        return value
    hit = next(redactor.known.find(whole), None)
    return value if hit is None else redactor.number(hit[2])


def _as_known(digits: str, redactor: Redactor) -> str:
    """Return the known number that the digits are, so that its token agrees, or the digits with a plus."""
    hit = next(redactor.known.find(digits), None)
    return f"+{digits}" if hit is None else hit[2]


def _text(text: str, redactor: Redactor, name: str, depth: int) -> str:
    """Redact a text, as JSON where it is JSON, and more sternly where its key speaks of a phone."""
    inner = _json_inside(text)
    if inner is not None:
        clean = _walk(inner, redactor, "", depth + 1)
        return text if clean == inner else json.dumps(clean, ensure_ascii=False)
    clean_text = redactor.text(text)
    if clean_text == text and kind_of_key(name) is KeyKind.PHONE and _is_bare_number(text):
        redactor.counts["number"] += 1
        return NOT_A_NUMBER
    return clean_text


def _is_bare_number(text: str) -> bool:
    """Tell whether a text under a phone key is still a number, too short or oddly written as it may be."""
    return len(ascii_digits(text)) >= _SHORTEST_UNDER_PHONE and not any(char.isalpha() for char in text)


def _json_inside(text: str) -> Any:
    """Return what a JSON object or array written in a text holds, or None."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        return None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object; one that repeats a key would lose a value here, so it is read as plain text."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
