"""What a scenario is: it dresses a stage and says which job is the source and what end to expect."""

from collections.abc import Callable

from deployments.sandbox.stage import Stage
from deployments.sandbox.things import Job
from models.enums import Cause, State

Plot = Callable[[Stage, int], tuple[Job, State, Cause]]
