"""Triage: the runbook's four operational checks, in its order."""

from models.triage.diagnosis import Diagnosis
from tasks.conductor import level
from tasks.triage import checks as steps


@level("Triage: the four operational checks")
def triage() -> Diagnosis:
    """Look once, run the checks in order, name the cause."""
    steps.look_at_the_job()
    steps.confirm_job_health()
    steps.validate_permits_and_dispatch()
    steps.check_duplicate_prevention()
    steps.determine_retry_strategy()
    steps.recheck_configuration()
    return steps.name_the_cause()
