"""Deciding about kept-back contacts from a form: shown first, then redial, reached or never, by name."""

from typing import Any

from flows.requests import DecideRequest, decision_named
from tasks.prefect import flow


@flow(name="Decide about kept-back contacts", flow_run_name=decision_named)
def decide(request: DecideRequest) -> Any:
    """Show whom a recovery keeps back, or decide about them; the job's next recovery carries that out."""
    from tasks.runs.decide_run import run_decision

    return run_decision(request.recovery_id, request.model_dump(exclude={"recovery_id"}))
