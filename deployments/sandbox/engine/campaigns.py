"""What a workspace knows of its jobs that are outbound campaigns; a world has none unless told so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOT_THERE = 404


def advanced(calls: int) -> Mapping[str, Any]:
    """Return the policy of a campaign that calls by itself so often, in the hours of an office."""
    return {
        "timezone": "Australia/Sydney",
        "retry": {"max_total_calls": calls, "retry_delay_seconds": 1800},
        "calling_periods": [{"weekdays": [0, 1, 2, 3, 4], "intervals": [{"start": "09:00", "end": "17:00"}]}],
        "data_collection": {},
        "followup_context": {},
    }


@dataclass(slots=True)
class Attention:
    """One item that needs a person: it holds calls of its campaign back while it is open."""

    id: str
    reason: str
    detail: str
    retryable: bool = True
    status: str = "open"
    resolution: str | None = None


@dataclass(slots=True)
class Made:
    """What is kept of one campaign beside its job."""

    variant: str = "simple"
    policy: Mapping[str, Any] | None = None
    mode_config: Mapping[str, Any] | None = None
    paused: bool = False
    attention: list[Attention] = field(default_factory=list)


@dataclass(slots=True)
class Campaigns:
    """The campaigns of a workspace by the id of their job, and the jobs that creates have made by key.

    `refusal` is what every request is answered with in a workspace that has none.
    """

    enabled: bool = False
    refusal: int = NOT_THERE
    made: dict[str, Made] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
