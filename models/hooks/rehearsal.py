"""A hook for a test: signed so that it can never pass for a real one, and what would be read from it."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from models.hooks import values
from models.hooks.delivery import HookDelivery
from models.hooks.senders import FIELDS
from models.hooks.source import HookSource, compile_one, found_by

JOB = "ringback-hook-test"
"""The job that a sample asks for: no platform has one of this name."""
_TEXT = f"A test of ringback, job_id: {JOB}"
_LABEL = b"ringback hook test v1"
_PATH = re.compile(r'(?:\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))*')
_SHOWN = frozenset({"job_id", "ticket", "workspace", "campaign", "action", "event"})
"""Fields whose value is shown; the others hold words and names of people."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A body with the headers that its sender would send, without the signature."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    unfilled: tuple[str, ...] = ()
    """Fields whose expression is too involved to put a value where it looks."""


@dataclass(frozen=True, slots=True)
class FieldRead:
    """Where one field was looked for, and what stood there as far as it may be shown."""

    name: str
    expression: str
    found: str

    def as_json(self) -> dict[str, str]:
        """Return it for a program."""
        return {"field": self.name, "read_from": self.expression, "found": self.found}


def secret_of_tests(secret: bytes) -> bytes:
    """Return what a test is signed with in place of a source's secret.

    Only who holds the secret can make it. A real hook is never signed with it, so no hook passes for a test;
    and no check with the secret itself takes it, so no test passes for a hook, whatever answers it.
    """
    return hmac.digest(secret, _LABEL, "sha256").hex().encode()


def for_tests(source: HookSource) -> HookSource:
    """Return the source as it checks tests: by the secrets that are made of its own."""
    return replace(source, secrets=tuple(secret_of_tests(one) for one in source.secrets))


def signed(source: HookSource, sample: Sample, now: datetime, *, for_test: bool) -> HookDelivery:
    """Return a sample as its sender would send it, signed with the newest secret or with that of tests."""
    key = secret_of_tests(source.secrets[0]) if for_test else source.secrets[0]
    headers = {name.lower(): text for name, text in sample.headers.items()}
    unsigned = HookDelivery(headers, sample.body, now)
    return replace(unsigned, headers=headers | source.verifier.sign(unsigned, key))


def sample_of(source: HookSource, now: datetime, body: bytes | None = None) -> Sample:
    """Return a sample body of the source's kind, or the given one, with the headers that go with it."""
    headers = _headers(source, now)
    if body is not None:
        return Sample(body, headers)
    made, unfilled = _body(source.sender.name, now), []
    for name, value in (("job_id", JOB), ("ticket", "TEST-1"), ("campaign", "hook-test")):
        if _text(source, name) == source.sender.fields.get(name, ""):
            continue
        if _PATH.fullmatch(_text(source, name)):
            _put(made, _text(source, name), value)
        else:
            unfilled.append(name)
    return Sample(json.dumps(made, indent=2).encode(), headers, tuple(unfilled))


def _headers(source: HookSource, now: datetime) -> dict[str, str]:
    found = {"Content-Type": "application/json"}
    stamp, delivery = str(int(now.timestamp())), f"hook-test-{now.timestamp():.0f}"
    if name := source.sender.delivery_header:
        found[name] = delivery
    if source.sender.name == "zendesk":
        found["X-Zendesk-Webhook-Signature-Timestamp"] = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if source.sender.name == "standard":
        found["webhook-timestamp"] = stamp
    return found


def _body(sender: str, now: datetime) -> dict[str, Any]:
    milliseconds = int(now.timestamp() * 1000)
    match sender:
        case "jira":
            fields: dict[str, Any] = {"summary": _TEXT, "labels": []}
            issue = {"key": "TEST-1", "fields": fields}
            return {"timestamp": milliseconds, "webhookEvent": "jira:issue_updated", "issue": issue}
        case "pagerduty":
            data = {"id": "TEST1", "type": "incident", "title": _TEXT}
            return {"event": {"id": "hook-test", "event_type": "incident.triggered", "data": data}}
        case "linear":
            found: dict[str, Any] = {"identifier": "TEST-1", "title": _TEXT, "labels": []}
            return {"type": "Issue", "action": "create", "data": found, "webhookTimestamp": milliseconds}
        case "intercom":
            item = {"type": "ticket", "id": "1", "ticket_attributes": {"Job ID": JOB}}
            return {"topic": "ticket.created", "id": "hook-test", "data": {"item": item}}
        case "servicenow":
            return {"sys_id": "TEST-1", "u_batch_job_id": JOB, "short_description": _TEXT}
        case _:
            return {"ticket_id": "TEST-1", "job_id": JOB, "campaign_id": "hook-test", "title": _TEXT}


def _put(body: dict[str, Any], path: str, value: str) -> None:
    *way, last = [part.strip('"') for part in re.findall(r'\w+|"[^"]+"', path)]
    for part in way:
        found = body.setdefault(part, {})
        body = found if isinstance(found, dict) else {}
    body[last] = value


def fields_read(source: HookSource, body: dict[str, Any]) -> tuple[FieldRead, ...]:
    """Return by field which part of its expression has found something, and what."""
    return tuple(_read(source, name, body) for name in FIELDS if name in source.fields)


def _read(source: HookSource, name: str, body: dict[str, Any]) -> FieldRead:
    text = _text(source, name)
    parts = (part.strip() for part in text.split("||"))
    place = next((part for part in parts if _finds(part, name, body)), text)
    return FieldRead(name, place, _found(source, name, body))


def _finds(part: str, name: str, body: dict[str, Any]) -> bool:
    try:
        return bool(values.every(found_by(compile_one(part, name), body)))
    except ValueError:
        return False  # an `||` within brackets: half of it is no expression


def _found(source: HookSource, name: str, body: dict[str, Any]) -> str:
    words = values.every(source.read(name, body))
    if not words:
        return "nothing"
    if name not in _SHOWN:
        return "something, not shown"
    return words[0] if values.is_showable(words[0]) else "something that may not be shown"


def _text(source: HookSource, name: str) -> str:
    return str(getattr(source.fields.get(name), "expression", ""))
