"""The form that a suspended run shows: approve or decline, by whom, and why."""

from typing import Annotated, Any, Literal, cast

from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.input.actions import read_flow_run_input
from prefect.input.run_input import keyset_from_base_key
from pydantic import Field

from models.plan.plan import Plan
from models.report.people import Chapter, Entry, count_people
from tasks.prefect_api.approvals import LONGEST_NAME, LONGEST_REASON

HASH = 12
"""Characters of a plan's hash that people are shown, and that a form is filed under."""


class Decide(RunInput):
    """What a person says about a plan; nothing has a default, so an empty form decides nothing."""

    decision: Annotated[
        Literal["approve", "decline"],
        Field(title="Decision", description="approve: redial as planned. decline: nobody is called."),
    ]
    name: Annotated[
        str,
        Field(
            title="Your name", min_length=1, max_length=LONGEST_NAME, description="It goes into the audit."
        ),
    ]
    reason: Annotated[
        str,
        Field(title="Reason", min_length=1, max_length=LONGEST_REASON, description="It goes into the audit."),
    ]


def ask(plan_hash: str, message: str) -> Decide:
    """Suspend this run until a person has decided about a plan; its process exits here.

    Returns at once what was decided where that form was filled before.
    """

    class ShownQuestion(Decide):
        """The form with the plan above it; its bounds stay, unlike with `with_initial_data`."""

    ShownQuestion.__name__ = ShownQuestion.__qualname__ = "Decide"
    ShownQuestion._description = message  # noqa: SLF001  as Prefect's own code sets it
    return cast("Decide", suspend_flow_run(wait_for_input=ShownQuestion, key=plan_hash[:HASH]))


def answered(plan_hash: str, run_id: Any) -> Decide | None:
    """Return what a person has decided in this run about that plan, None where nobody has."""
    keys = keyset_from_base_key(f"suspended-{plan_hash[:HASH]}")
    value = cast("dict[str, Any] | None", read_flow_run_input(keys["response"], flow_run_id=run_id))
    return Decide.model_validate(value) if value else None


def question(plan: Plan, recovery_id: str, job_id: str, hours: float) -> str:
    """Return what stands above the form: how many, how many first, the hash, and until when."""
    people = count_people([Chapter([Entry.of(one) for one in plan.contacts], open=True)])
    first = f"The first {plan.sample} are a sample" if plan.sample < len(plan.order) else "All are the sample"
    return (
        f"**Redial {len(plan.order)} of {len(plan.contacts)} contacts of job {job_id}?** {first}: if too "
        f"many of them fail, nobody else is called.\n\n"
        f"As of now: {people.message()}\n\nPlan `{plan.hash[:HASH]}` of recovery `{recovery_id}`; the "
        f"whole plan is an artifact of this run. Without an answer within {hours:g} h the recovery is held "
        "and nobody is called."
    )
