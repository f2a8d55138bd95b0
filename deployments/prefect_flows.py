"""The flows that a Prefect deployment runs: settings from the environment, parameters without secrets."""

from datetime import timedelta
from typing import Annotated, Any, Literal, cast

from prefect import flow, get_run_logger, serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Interval
from prefect.states import Completed
from prefect.types.entrypoint import EntrypointType
from pydantic import Field

from deployments.conduct import climb, conducted
from deployments.root import claim, open_shop
from deployments.runner import follow
from deployments.sweeping import run_sweep

JobId = Annotated[str, Field(min_length=3, description="Id of the job on the platform")]
Approval = Annotated[
    Literal["ask", "auto"], Field(description="ask: freeze the plan and wait for a person; auto: go on")
]

FROM_ANYWHERE = EntrypointType.MODULE_PATH
"""Runs import the installed module, so that `ringback up` works from any folder."""


class _Log:
    """Progress as Prefect log lines."""

    def say(self, words: str) -> None:
        """Log one sentence."""
        get_run_logger().info(words)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Leave progress to the artifacts."""


@flow(name="Recover a batch job from a deployment", flow_run_name="recover {job_id}", persist_result=False)
def recover(job_id: JobId, approval: Approval = "ask", *, operator_fixed: bool = False) -> Any:
    """Climb the runbook's ladder for one job: triage, sample, relaunch, escalate."""
    shop = open_shop()
    desk = shop.desk(job_id, reporter=_Log())
    desk.policy = desk.policy.model_copy(update={"approval": approval})
    desk.operator_fixed = operator_fixed
    desk.platform.get_job(job_id)
    while True:
        claimed = claim(desk)
        if claimed.claim:
            state = climb(desk)
            return Completed(name=state.value.replace("_", " ").capitalize(), message=claimed.recovery_id)
        if report := follow(desk, claimed.recovery_id, claimed.holder):
            return Completed(name="Joined", message=f"{report['state']}: {claimed.recovery_id}")


@flow(name="Sweep for stalled jobs", flow_run_name="sweep", persist_result=False)
def sweep(act: Literal["report", "propose", "recover"] = "report") -> Any:
    """Look at every running job of the workspace, and do what `act` says about the stalled ones."""
    with conducted():
        found = run_sweep(open_shop(), act, _Log())
    stalled = [job for job in found["jobs"] if job["acted"]]
    words = f"{len(found['jobs'])} running, {len(stalled)} stalled, {len(found['resumed'])} continued"
    return Completed(name="Swept", message=words)


def serve_all(every: int, act: str) -> None:
    """Serve both deployments from this process until it is stopped; sweeps never overlap."""
    alone = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    by_hand = recover.to_deployment(
        "recover", tags=["ringback"], description=recover.description, entrypoint_type=FROM_ANYWHERE
    )
    by_clock = sweep.to_deployment(
        "sweep",
        tags=["ringback"],
        description=sweep.description,
        parameters={"act": act},
        schedule=Interval(timedelta(seconds=every)),
        concurrency_limit=alone,
        entrypoint_type=FROM_ANYWHERE,
    )
    both = cast("list[RunnerDeployment]", [by_hand, by_clock])
    serve(*both, print_starting_message=False)
