"""Events of recoveries out of a run, for automations that people make in Prefect."""

import logging
from collections.abc import Mapping
from uuid import UUID

from prefect.events import emit_event

from tasks.prefect_api.recovery_event import recovery_event


def emit(flow_run_id: UUID, event: str, recovery_id: str, job_id: str, payload: Mapping[str, str]) -> None:
    """Emit an event about a recovery and the run that shows it, every number masked; raises nothing."""
    run = {"prefect.resource.id": f"prefect.flow-run.{flow_run_id}", "prefect.resource.role": "flow-run"}
    try:
        emit_event(**recovery_event(event, recovery_id, job_id, payload), related=[run])
    except Exception as error:  # noqa: BLE001  calls are in the air, and what is announced is in the ledger already
        logging.getLogger(__name__).warning("No event %s: %s", event, type(error).__name__)
