"""The dry run: triage, then the plan that would follow, shown and kept nowhere."""

from flows.triage import triage
from models.triage.diagnosis import Diagnosis
from tasks.plan import prepare


def dry_run() -> Diagnosis:
    """Look, and show who would be redialled, held and dropped."""
    found = triage()
    prepare.show_the_plan()
    return found
