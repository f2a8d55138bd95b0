"""How a platform hands back what it was given: names cut, numbers rewritten, variables in another form."""

from collections.abc import Callable, Mapping
from typing import Any

from deployments.sandbox.engine.entities import Job, Row
from deployments.sandbox.engine.faults import Fault, Faults

REDACTED = "<redacted>"
_SECRET = "secret__"  # noqa: S105  the prefix of the format, no secret
_GROUP = 3


def shown_name(faults: Faults, job: Job) -> str:
    """Return a job's name as readers are shown it: whole, unless the platform changes names."""
    name, change = job.order.name, faults.standing("names")
    if change is None:
        return name
    shown = _NAMES[change.word](name, job, change)
    change.strikes += shown != name
    return shown


_NAMES: Mapping[str, Callable[[str, Job, Fault], str]] = {
    "cut": lambda name, _job, change: name[: change.n],
    "upper": lambda name, _job, _change: name.upper(),
    "replaced": lambda _name, job, _change: f"Batch call {job.id[-6:]}",
}


def shown_phone(faults: Faults, row: Row) -> str | None:
    """Return a row's number as readers are shown it; None for a person who is reached without a phone."""
    if row.whatsapp is not None or not row.phone:
        return None
    change = faults.standing("numbers")
    if change is None or not row.phone.startswith("+"):
        return row.phone
    change.strikes += 1
    return _NUMBERS[change.word](row.phone)


def _spaced(phone: str) -> str:
    digits = phone[_GROUP:]
    groups = (digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))
    return " ".join((phone[:_GROUP], *groups))


_NUMBERS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda phone: phone[1:],
    "spaced": _spaced,
    "national": lambda phone: f"0{phone[3:]}" if phone.startswith("+61") else phone[1:],
}


def shown_data(faults: Faults, data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a recipient's client data as it is shown: as given, or in the form of the output model.

    That form has nulls, the platform's own variables and set-ups, and secrets only by name.
    """
    form = faults.standing("output_model")
    if form is None:
        return data
    form.strikes += 1
    given = dict((data or {}).get("dynamic_variables") or {})
    variables = {name: REDACTED if name.startswith(_SECRET) else value for name, value in given.items()}
    return {
        "conversation_config_override": None,
        "custom_llm_extra_body": None,
        "user_id": None,
        "source_info": {"source": None, "version": None},
        "branch_id": None,
        "environment": None,
        "tool_mock_config": None,
        **(data or {}),
        "dynamic_variables": {**variables, "system__timezone": None, "system__call_duration_secs": 0},
    }
