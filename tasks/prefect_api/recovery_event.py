"""What an event of a recovery says, in a run of Prefect's and outside of any, without importing Prefect."""

from collections.abc import Mapping
from typing import Any

from models.masking.redaction import redact

PREFIX = "ringback.recovery."
"""How events of recoveries begin, and the ids of the recoveries as Prefect's resources."""


def without_numbers(message: str) -> str:
    """Return words for Prefect with every number masked: what a person typed as a reason may hold one."""
    return str(redact(message, key=b"words that Prefect shows")[0])


def recovery_event(event: str, recovery_id: str, job_id: str, payload: Mapping[str, str]) -> dict[str, Any]:
    """Return name, resource and payload of an event, every number masked."""
    return {
        "event": f"{PREFIX}{event}",
        "resource": {
            "prefect.resource.id": f"{PREFIX}{recovery_id}",
            "prefect.resource.name": f"recovery {recovery_id}",
            "ringback.job": without_numbers(job_id),
        },
        "payload": {name: without_numbers(said) for name, said in payload.items()},
    }
