"""Check 2: permits and dispatch behaviour."""

from collections.abc import Sequence
from typing import Any

from models.disposition.strategy import Judged
from models.enums import Cause, Check, Disposition, Severity
from models.policy.policy import Policy
from models.triage.checks.health import permit_limit
from models.triage.findings import Finding, plural, share
from models.triage.observation import Observation

RECENT = 20
"""How many of the latest ended calls tell how the provider does now."""


def permits(look: Observation, judged: Sequence[Judged], policy: Policy) -> Finding:
    """Judge the limit, what is in use and leaked, and what the failures say about the provider."""
    live, held = look.capacity.live, look.in_flight
    leaked = max(0, held - live) if live is not None else 0
    failing = recent_transients(judged)
    evidence: dict[str, Any] = {
        "limit": permit_limit(look, policy),
        "in_use": live,
        "held": held,
        "leaked": leaked,
        "recent_transient_share": failing,
        "platform_retries": look.job.retries,
        "permanent_failures": _count(judged, Disposition.PERMANENT),
        "transient_failures": _count(judged, Disposition.TRANSIENT),
    }
    severity, cause, words = _judge(look, evidence, policy)
    return Finding(Check.PERMITS, severity, cause, words, evidence)


def _judge(look: Observation, seen: dict[str, Any], policy: Policy) -> tuple[Severity, Cause, str]:
    if _leak(look, seen, policy):
        held = plural(seen["leaked"], "permit is", "permits are")
        words = f"{held} held by contacts without a living call: they have leaked."
        return Severity.FAIL, Cause.PERMITS, words
    if seen["recent_transient_share"] >= 0.5:  # noqa: PLR2004  half of the latest calls
        words = f"{seen['recent_transient_share']:.0%} of the latest calls failed at the provider."
        return Severity.FAIL, Cause.PROVIDER, words
    if look.job.retries and seen["permanent_failures"] > seen["transient_failures"]:
        words = f"The platform has retried {look.job.retries} times, mostly failures that cannot succeed."
        return Severity.WARN, Cause.NONE, words
    if seen["in_use"] is None:
        return Severity.UNKNOWN, Cause.NONE, "The platform does not tell how many calls are in the air."
    words = f"{seen['in_use']} of {seen['limit']} permits are in use and none has leaked."
    return Severity.OK, Cause.NONE, words


def _leak(look: Observation, seen: dict[str, Any], policy: Policy) -> bool:
    # A contact just handed over has no living call yet; only silence makes it a leak.
    return bool(seen["leaked"]) and look.quiet_seconds >= policy.stall_seconds


def _count(judged: Sequence[Judged], disposition: Disposition) -> int:
    return sum(1 for one in judged if one.disposition is disposition)


def recent_transients(judged: Sequence[Judged], last: int = RECENT) -> float:
    """Return the share of provider failures among the last dialled contacts, 0 below ten of them."""
    dialled = [one for one in judged if one.ended_at and one.dialled]
    latest = sorted(dialled, key=lambda one: one.ended_at or one.contact.created_at)[-last:]  # type: ignore[arg-type,return-value]
    if len(latest) < last / 2:
        return 0.0
    return share(sum(1 for one in latest if one.disposition is Disposition.TRANSIENT), len(latest))
