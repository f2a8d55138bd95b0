"""What a scenario is: it dresses a stage and says which job is the source and what end to expect."""

from collections.abc import Callable

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.scenarios.builder import Stage
from models.enums import Cause, State

Plot = Callable[[Stage, int], tuple[Job, State, Cause]]
