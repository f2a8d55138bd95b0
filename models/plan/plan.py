"""The plan: who is redialled, in which order, and the hash that an approval binds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.canonical import digest
from models.disposition.strategy import Judged
from models.enums import Action
from models.plan.binding import hashed
from models.plan.sampling import Candidate, draw
from models.policy.policy import Policy, fingerprint

SHORTEST_HASH = 12
"""Characters by which a plan's hash may be told; people are shown as many."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every contact with its action, and the ids to redial in the order of dispatch: the sample first."""

    contacts: tuple[Judged, ...]
    order: tuple[str, ...]
    sample: int
    hash: str
    bound: Mapping[str, Any] | None = None
    """What of the platform an approval binds beside the people, as `models.plan.binding` has it."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many contacts each action takes, every action named."""
        found = Counter(one.action for one in self.contacts)
        return {action.value: found[action] for action in Action}


def make_plan(
    job_key: tuple[str, str, str],
    contacts: Sequence[Judged],
    policy: Policy,
    bound: Mapping[str, Any] | None = None,
) -> Plan:
    """Draw the sample, put the rest behind it in upload order, and hash the whole.

    `bound` is what of the platform the plan relies on (`models.plan.binding`).
    """
    redial = [one for one in contacts if one.action is Action.REDIAL]
    candidates = [
        Candidate(one.contact.id, f"{one.number.prefix}/{one.disposition}", one.row) for one in redial
    ]
    sample = draw(candidates, min(policy.sample_max, len(candidates)), seed="/".join(job_key))
    rest = tuple(one.contact.id for one in redial if one.contact.id not in set(sample))
    order = (*sample, *rest)
    followed = [one.decided.hashed for one in contacts if one.decided]
    whole = plan_hash(job_key, _lines(contacts), order, policy, bound, followed=followed)
    return Plan(tuple(contacts), order, len(sample), whole, bound)


def _lines(contacts: Sequence[Judged]) -> list[tuple[str, str, str]]:
    return [(one.contact.id, one.phone or "", one.action.value) for one in contacts]


def plan_hash(
    job_key: tuple[str, str, str],
    lines: Sequence[tuple[str, str, str]],
    order: Sequence[str],
    policy: Policy,
    bound: Mapping[str, Any] | None = None,
    *,
    followed: Sequence[Sequence[str]] = (),
) -> str:
    """Return SHA-256 over job, policy, order, every contact's id, number and action, and the platform's part.

    `followed` are the decisions of people that the plan carries out (`models.disposition.decision`). A plan
    without any has the hash that it had before there were some; so has a plan of before version 0.3, which
    is bound to nothing of its platform.
    """
    body: dict[str, Any] = {
        "v": 1,
        "job": list(job_key),
        "policy": fingerprint(policy),
        "order": list(order),
        "contacts": sorted(list(line) for line in lines),
    }
    if followed:
        body["decisions"] = sorted(list(one) for one in followed)
    return digest(body if bound is None else body | {"platform": hashed(bound)})


def meant(said: str, current: str) -> str:
    """Return the hash that somebody has read: the current one where they said its beginning, or nothing."""
    begins = len(said) >= SHORTEST_HASH and current.startswith(said.lower())
    return current if begins or not said else said
