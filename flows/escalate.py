"""Level 3: hand the job to engineering with everything they ask for."""

from models.verdict.ending import Ending
from tasks.conductor import level
from tasks.package import escalate as steps


@level("Level 3: escalate to engineering")
def escalate(ending: Ending) -> str:
    """Collect the diagnostics into one package."""
    return steps.make_package(ending)
