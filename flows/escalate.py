"""Level 3: hand the job to engineering with everything they ask for."""

from models.verdict.ending import Ending
from tasks import escalate as steps
from tasks.conductor import level


@level("Level 3: escalate to engineering")
def escalate(ending: Ending) -> str:
    """Collect the diagnostics into one package."""
    return steps.make_package(ending)
