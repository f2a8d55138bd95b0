"""Events of recoveries, for automations that people make in Prefect."""

import logging
from collections.abc import Mapping
from uuid import UUID

from prefect.events import emit_event

from tasks.prefect_api.run_states import without_numbers

PREFIX = "ringback.recovery."


def emit(flow_run_id: UUID, event: str, recovery_id: str, job_id: str, payload: Mapping[str, str]) -> None:
    """Emit an event about a recovery and the run that shows it, every number masked; raises nothing."""
    try:
        emit_event(
            event=f"{PREFIX}{event}",
            resource={
                "prefect.resource.id": f"{PREFIX}{recovery_id}",
                "prefect.resource.name": f"recovery {recovery_id}",
                "ringback.job": without_numbers(job_id),
            },
            related=[
                {
                    "prefect.resource.id": f"prefect.flow-run.{flow_run_id}",
                    "prefect.resource.role": "flow-run",
                }
            ],
            payload={name: without_numbers(said) for name, said in payload.items()},
        )
    except Exception as error:  # noqa: BLE001  calls are in the air, and what is announced is in the ledger already
        logging.getLogger(__name__).warning("No event %s: %s", event, type(error).__name__)
