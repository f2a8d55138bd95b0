"""No whole number and no secret survives redaction; ids, times and counts do."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.masking.redaction import CONTENT, SECRET, mask_phone, phone_token, redact

KEY = b"the key of these tests, 32 bytes"
NUMBER = "+61491570156"
MARK = f"+61•••••••56[{phone_token(KEY, NUMBER)}]"

codes = st.sampled_from(["1", "7", "39", "44", "47", "49", "61", "65", "353", "852"])
numbers = st.builds(
    lambda code, first, rest: f"+{code}{first}{rest}",
    codes,
    st.sampled_from("23456789"),
    st.text("0123456789", min_size=7, max_size=9),
)
gaps = st.text(" -.()/\u00a0\u200b_',:~·", max_size=3) | st.sampled_from(
    ["%20", "%2D", "\\u00a0", ") ", " - "]
)
scripts = st.sampled_from([ord("0"), 0xFF10, 0x0660])
"""Where a script's zero stands: ASCII, full-width as in Japanese files, Arabic."""


def tail_of(number: str) -> str:
    """Return the national digits."""
    return next(
        number[1 + len(c) :]
        for c in ("353", "852", "39", "44", "47", "49", "61", "65", "1", "7")
        if number[1:].startswith(c)
    )


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """Write a number as people and systems do: national or not, spaced anyhow, in any script, in a text."""
    code = number[1:].removesuffix(tail_of(number))
    before = draw(
        st.sampled_from(
            ["+" + code, code, "00" + code, "011" + code, "%2B" + code, f"+{code}(0)", "0", "(0)", ""]
        )
    )
    zero = draw(scripts)
    body = "".join(chr(zero + int(digit)) + draw(gaps) for digit in tail_of(number))
    around = st.sampled_from(["", " ", "call ", "tel:", "x", "id_", "<", '"', "To=", "12 ", "00", "; +"])
    after = st.sampled_from(["", " ", "abc", ".", ";ext=5", " x12", "@sip.example.com", "&a=1", "}", "99"])
    return draw(around) + before + body + draw(after)


def nested(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Put leaves into lists and dicts, as values and as keys, and into JSON inside a text."""
    names = st.sampled_from(["to", "phone_number", "note", "metadata", "created_at_unix", "a b", "id"])
    grown = st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3) | st.tuples(inner)
        ),
        max_leaves=6,
    )
    return (
        grown
        | grown.map(json.dumps)
        | grown.map(lambda value: {"raw": json.dumps({"body": json.dumps(value)})})
    )


def texts(value: Any) -> list[str]:
    """Return every text and figure in a value, the keys too."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (str(key), *texts(item))]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else [str(value)]


def holds(value: Any, number: str) -> bool:
    """Tell whether the digits of a number are still there, whatever stands between them."""
    plain = [re.sub(r"%[0-9A-F]{2}|\\+u00a0", " ", text) for text in texts(value)]
    tail = tail_of(number)
    return any(tail in "".join(str(int(char)) for char in text if char.isdecimal()) for text in plain)


@settings(deadline=None, max_examples=300)
@given(data=st.data(), known=st.lists(numbers, min_size=1, max_size=3, unique=True))
def test_no_known_number_survives(data: st.DataObject, known: list[str]) -> None:
    """A number of the job is found in any nesting and any formatting."""
    leaf = st.sampled_from(known).flatmap(written)
    value = data.draw(nested(leaf | st.integers() | st.none()))
    shown, _ = redact(value, key=KEY, known_numbers=frozenset(known))
    assert not [number for number in known if holds(shown, number)]
    assert not [number for number in known if number[1:] in json.dumps(shown)]


@settings(deadline=None)
@given(data=st.data(), number=numbers)
def test_a_known_number_is_found_as_a_key_and_as_an_integer(data: st.DataObject, number: str) -> None:
    """Keys and integers are no hiding place for a number of the job."""
    text = data.draw(written(number))
    value: dict[str, Any] = {text: 1, "n": int(number[1:]), "f": float(number[1:]), "list": [int(number[1:])]}
    shown, counts = redact(value, key=KEY, known_numbers=frozenset({number}))
    assert not holds(shown, number)
    assert sum(counts.values()) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "+61 491 570 156",
        "0491 570 156",
        "(04) 9157 0156",
        "+61 (0) 491-570-156",
        "0061491570156",
        "61491570156",
        "614 91,570,156",
        "%2B61%20491%20570%20156",
        "\uff10\uff14\uff19\uff11 \uff15\uff17\uff10 \uff11\uff15\uff16",
    ],
)
def test_every_writing_of_a_known_number_gives_one_mark(text: str) -> None:
    """One person is one mask and token however the number was written, so rows can be matched."""
    assert redact(text, key=KEY, known_numbers=frozenset({NUMBER}))[0] == MARK


@pytest.mark.parametrize(
    "text",
    [
        "+61491570999",
        "+61 491 570 999",
        "0491570999",
        "0491 570 999",
        "04 91 57 09 99",
        "04.91.57.09.99",
        "(555) 010-1234",
        "555-010-1234",
        "1-555-010-1234",
        "(02) 5550 1234",
        "+44 7700 900-123",
        "6123 4567",
        "0491570999.0",
        "0491570999x12",
        "0491 570 999 0491 570 998",
    ],
)
def test_numbers_that_nobody_named_are_found_by_their_looks(text: str) -> None:
    """A number that was not in the job is masked too where it looks like one."""
    shown, counts = redact(f"call {text} now", key=KEY)
    assert counts == {"number": 1}
    assert "•••" in shown
    assert not any(piece in shown for piece in ("999", "1234", "900", "4567"))


ids = st.one_of(
    st.from_regex(r"(batch|conv|btcal|agent|phnum|rec)_[0-9a-z]{8,26}", fullmatch=True),
    st.from_regex(r"conv_[0-9]{12}", fullmatch=True),
    st.uuids().map(str),
    st.binary(min_size=32, max_size=32).map(bytes.hex).filter(lambda text: not text.isdigit()),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.datetimes().map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}" if moment.year > 999 else ""),
    st.dates().map(str),
)


@settings(deadline=None)
@given(value=st.dictionaries(st.sampled_from(["id", "call_id", "at", "hash", "started"]), ids))
def test_ids_and_times_survive(value: dict[str, str]) -> None:
    """Ids with letters, UUIDs, hashes and ISO times are evidence and stay."""
    assert redact(value, key=KEY) == (value, {})


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["created_at_unix", "total", "took_ms", "seed", "token_count"]),
        st.integers() | st.floats(allow_nan=False),
    )
)
def test_figures_survive(value: dict[str, float]) -> None:
    """Integers typed as integers are not phone numbers."""
    assert redact(value, key=KEY) == (value, {})


def test_a_figure_under_a_phone_key_is_a_number() -> None:
    """An integer is masked where its key says that it is a phone; the id of a phone number is not one."""
    shown, counts = redact(
        {"phone": 61491570156, "phone_number_id": 61491570156, "to_number": "0491-57"}, key=KEY
    )
    assert shown == {"phone": MARK, "phone_number_id": 61491570156, "to_number": "•••"}
    assert counts == {"number": 2}


@pytest.mark.parametrize(
    "text",
    [
        "failed 10000 (12.3 %) of 1,000,000",
        "ratio 0.123456789, Python 3.11.9, Prefect 3.8.8",
        "rows 12, 15, 20 and 1042",
        "2026-11-22 10:00 to 12:30 Australia/Sydney (2026-11-21T23:00:00Z)",
        "wrong token: refused; the secret sauce of auth: none",
        "job-20261122 on sim_12345678",
    ],
)
def test_plain_prose_stays_readable(text: str) -> None:
    """Redaction does not eat the sentences that explain the incident."""
    assert redact(text, key=KEY) == (text, {})


SECRETS = "hunter2-Xy9"


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "passwd",
        "secret",
        "client_secret",
        "api_key",
        "apikey",
        "apiKey",
        "API-KEY",
        "auth",
        "credentials",
        "private_key",
        "privateKey",
        "token",
        "access_token",
        "bearer",
        "Authorization",
        "signature",
        "ElevenLabs-Signature",
        "xi-api-key",
        "x-api-key",
        "X-Api-Key",
        "Set-Cookie",
    ],
)
def test_secrets_are_found_by_their_key(key: str) -> None:
    """A value under a secret's name never leaves, whatever it is made of and however the name is spelt."""
    for value in (SECRETS, [SECRETS], {"a": {"b": SECRETS}}, 12345678):
        shown, counts = redact({"outer": {key: value}}, key=KEY)
        assert shown == {"outer": {key: SECRET}}
        assert counts == {"secret": 1}
    assert SECRETS not in json.dumps(redact({"headers": [{"name": key, "value": SECRETS}]}, key=KEY)[0])
    assert SECRETS not in redact(f'{{"x": {{"{key}": "{SECRETS}"}}}}', key=KEY)[0]


@pytest.mark.parametrize(
    "key",
    [
        "transcript",
        "recording_url",
        "dynamic_variables",
        "conversation_initiation_client_data",
        "retell_llm_dynamic_variables",
        "variableValues",
    ],
)
def test_what_was_said_stays_out(key: str) -> None:
    """What was said in a call or is known of a person is left out by its key, and counted."""
    shown, counts = redact([{key: {"name": "Ana"}}], key=KEY)
    assert shown == [{key: CONTENT}]
    assert counts == {"content": 1}


def test_absence_is_evidence() -> None:
    """An empty value under a secret's name stays: that there was none may be the fault."""
    value: dict[str, Any] = {
        "api_key": None,
        "transcript": [],
        "token": "",
        "recording_url": None,
        "auth": False,
        "tokens": 12,
    }
    assert redact(value, key=KEY) == (value, {})


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("sent Bearer abcdef", "abcdef"),
        ("curl -H 'xi-api-key: 5f3c9a7712'", "5f3c9a7712"),
        ("key sk_0123456789abcdef01", "sk_0123456789abcdef01"),
        ("https://bob:p4ss@host/x", "p4ss"),
        ("GET /x?token=abc&y=1", "abc"),
        ("password=hunter2", "hunter2"),
        ('{"password": "hunter2", broken', "hunter2"),
        (r"{\"api_key\": \"hunter2\"", "hunter2"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIiOiIxIn0"),
        ("-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----", "MIIabc"),
    ],
)
def test_secrets_are_found_by_their_looks(text: str, secret: str) -> None:
    """A secret inside a sentence, a header line, an address or a broken JSON text is found."""
    shown, counts = redact(text, key=KEY)
    assert secret not in shown
    assert counts.get("secret", 0) >= 1


def test_mail_addresses_are_replaced() -> None:
    """E-mail addresses do not leave; a SIP address keeps its host, its number is masked."""
    text = "bob.smith+1@example.co.uk, sip:+61491570156@sip.example.com"
    shown = (f"[e-mail], sip:{MARK}@sip.example.com", {"email": 1, "number": 1})
    assert redact(text, key=KEY) == shown
    assert redact(text, key=KEY, known_numbers=frozenset({NUMBER})) == shown
    assert redact("to=bob%40example.com", key=KEY)[0] == "to=[e-mail]"
    assert redact("bob.0491570156@x.com", key=KEY, known_numbers=frozenset({NUMBER}))[0] == "[e-mail]"


@settings(deadline=None)
@given(data=st.data(), number=numbers)
def test_redaction_is_stable(data: st.DataObject, number: str) -> None:
    """Redacting twice changes nothing more: what is redacted may pass through again."""
    value = data.draw(nested(written(number)))
    once, _ = redact(value, key=KEY, known_numbers=frozenset({number}))
    assert redact(once, key=KEY, known_numbers=frozenset({number})) == (once, {})


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.text() | st.binary() | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_anything_is_redacted_to_json(value: Any) -> None:
    """Whatever a platform sends, the answer is JSON and no error."""
    json.dumps(redact(value, key=KEY)[0])


def test_deep_nesting_is_cut_not_crashed() -> None:
    """A body nested without end cannot stop a package."""
    value: Any = NUMBER
    for _ in range(5000):
        value = [value]
    assert NUMBER not in json.dumps(redact(value, key=KEY)[0])
    assert NUMBER not in json.dumps(redact("[" * 9000 + f'"{NUMBER}"', key=KEY)[0])


@pytest.mark.parametrize(
    ("number", "mask"),
    [
        ("+61491570178", "+61•••••••78"),
        ("+61 491 570 178", "+61•••••••78"),
        ("+12125550123", "+1••••••••23"),
        ("+353201234567", "+353•••••••67"),
        ("+29012345", "+290•••••"),
        ("+9991234567", "+999•••••67"),
        ("0491570156", "04••••••56"),
        ("+6149157015678901", "•••"),
        ("+6149", "•••"),
        ("6.14E+10", "•••"),
        ("Bob", "•••"),
        ("", "•••"),
    ],
)
def test_mask_keeps_country_and_two_digits(number: str, mask: str) -> None:
    """A mask shows the country code and the last two digits, and at least five digits stay hidden."""
    assert mask_phone(number) == mask


@given(first=numbers, second=numbers)
def test_tokens_tell_numbers_apart_only_with_the_key(first: str, second: str) -> None:
    """A token is the same for one number under one key, and another under another key."""
    spaced = f"{first[:4]} {first[4:]}"
    assert phone_token(KEY, first) == phone_token(KEY, spaced)
    assert phone_token(KEY, first) != phone_token(b"another key, as long as the first", first)
    assert (phone_token(KEY, first) == phone_token(KEY, second)) == (first == second)
