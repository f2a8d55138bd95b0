"""The policy as it works: every key with its value in force, where that comes from, and who loosened it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models.calling.presets import AUTO, PRESETS, Purpose
from models.calling.windows import say_spans
from models.policy.loosened import CAPS, HOURS
from models.policy.policy import Policy

HARD_RULES = (
    "emergency, crisis, short and premium numbers are never dialled",
    "numbers on the suppression list are never dialled; the list is read before every wave",
    "whoever was reached is never called again",
    "who was blocked for a flagged caller id (603+, 608, 32017) is not retried under it",
    "a contact whose time zone nobody knows is held while calling hours are on",
    "a contact is in one wave of a recovery at the most",
)
"""What no policy and no run parameter changes."""


@dataclass(frozen=True, slots=True)
class Effective:
    """One key: what is in force, from where, and the note of who made it looser."""

    key: str
    value: Any
    source: str
    means: str
    by: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the row as `policy --json` shows it."""
        row = asdict(self)
        return {"from" if name == "source" else name: value for name, value in row.items()}


def effective(policy: Policy, file: str, given: Collection[str], run: Collection[str]) -> Iterator[Effective]:
    """Yield every key of a policy; `given` are those that the file sets, `run` those of this run."""
    for name, field in Policy.model_fields.items():
        if name == "because":
            continue
        value, source = getattr(policy, name), "default"
        if name in run:
            source = "run parameter"
        elif name in given:
            source = file
        elif found := _preset(policy, name):
            value, source = found
        note = policy.because.get(name)
        said = {"by": note.by, "reason": note.reason} if note else {}
        yield Effective(name, value, source, field.description or "", **said)


def _preset(policy: Policy, key: str) -> tuple[Any, str] | None:
    window, purpose = policy.calling_window, Purpose(policy.purpose)
    if key not in {**HOURS, **CAPS} or window == "off":
        return None
    if window == AUTO:
        return "by country", "preset of each number's country"
    rule = PRESETS[window].rule(purpose)
    source = f"preset {window} ({purpose.value})"
    if key in HOURS:
        return say_spans(getattr(rule.hours, HOURS[key])), source
    return getattr(rule.caps, CAPS[key]), source


def sources(policy: Policy) -> Mapping[str, str]:
    """Return where the rules of the chosen presets come from, by preset."""
    window, purpose = policy.calling_window, Purpose(policy.purpose)
    keys = [] if window == "off" else list(PRESETS) if window == AUTO else [window]
    return {key: PRESETS[key].rule(purpose).source for key in keys}
