"""The form of a run that waits for a person as the fence: who has stopped the job, and what it shows now."""

from typing import Annotated, Any, Literal, cast

from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.input.actions import read_flow_run_input
from prefect.input.run_input import keyset_from_base_key
from pydantic import Field

from models.hooks.request import Count, as_box
from tasks.prefect_api.approvals import LONGEST_NAME
from tasks.prefect_api.stop_asked import ELSEWHERE, HERE, stop_key, suspended


class SayStopped(RunInput):
    """What a person says who has stopped a job; no file and no phone number is ever typed into it."""

    said: Annotated[
        Literal["stopped", "said elsewhere"],
        Field(
            title="What has happened",
            description=f"{HERE}: I have paused or deleted the job. {ELSEWHERE}: somebody has told ringback "
            "at the command line or over the gateway, with a report or the counter.",
        ),
    ]
    name: Annotated[
        str,
        Field(
            title="Your name", min_length=1, max_length=LONGEST_NAME, description="It goes into the audit."
        ),
    ]
    processed: Annotated[
        Count,
        Field(
            title="Processed",
            description="What the dashboard counts as processed after the stop: so it is known whether the "
            "job has called anybody since the plan. Empty where you send the report of after it.",
            json_schema_extra=as_box,
        ),
    ] = None


def ask_for_stop(token: int, message: str) -> None:
    """Suspend this run until a person has said so; its process exits here, another goes on from the top."""

    class ShownRequest(SayStopped):
        """The form with what is to be done above it."""

    ShownRequest.__name__ = ShownRequest.__qualname__ = "SayStopped"
    ShownRequest._description = message  # noqa: SLF001  as Prefect's own code sets it
    suspend_flow_run(wait_for_input=ShownRequest, key=stop_key(token))


def said_in(token: int, run_id: Any) -> SayStopped | None:
    """Return what a person has said in this run to the question of that claim, None where nobody has."""
    keys = keyset_from_base_key(suspended(token))
    value = cast("dict[str, Any] | None", read_flow_run_input(keys["response"], flow_run_id=run_id))
    return SayStopped.model_validate(value) if value else None
