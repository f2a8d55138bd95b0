"""The tools that an assistant gets: to read for every token, to act only where somebody has said so."""

from collections.abc import Collection
from typing import Annotated, Any, Literal
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from deployments.mcp.gateway_client import GatewayAnswerError, GatewayClient
from models.hooks.ids import PEOPLE_PATTERN
from models.hooks.tokens import Scope

INSTRUCTIONS = (
    "ringback recovers batch outbound-call jobs that stalled, fell short or failed. Real people answer these "
    "phones. Nothing here dials: a recovery makes a plan and waits, and a named person approves that plan by "
    "its hash. Pass on what a person has decided, with their name and their reason; never decide for them. "
    "Phone numbers are masked. `next_action` says what a person does next."
)
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ACTS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
)

RecoveryId = Annotated[
    str, Field(pattern="^[A-Za-z0-9_-]{1,60}$", description="Id of the recovery, such as r_09a9c1d2e3")
]
By = Annotated[str, Field(min_length=1, max_length=200, description="The person who decides, by name")]
Why = Annotated[str, Field(min_length=1, max_length=2000, description="That person's reason, for the audit")]
Told = dict[str, Any]


def make_server(gateway: GatewayClient, scopes: Collection[Scope], version: str) -> MCPServer:
    """Return a server whose tools ask the gateway; those that act are there only for the scopes given."""
    server: MCPServer = MCPServer(
        "ringback", title="ringback", instructions=INSTRUCTIONS, version=version, log_level="WARNING"
    )
    _reading(server, _Asked(gateway))
    if Scope.OPERATE in scopes:
        _operating(server, _Asked(gateway))
    if Scope.APPROVE in scopes:
        _approving(server, _Asked(gateway))
        _deciding(server, _Asked(gateway))
    return server


class _Asked:
    """The gateway, whose refusals an assistant reads as the sentence they are."""

    def __init__(self, gateway: GatewayClient) -> None:
        self._gateway = gateway

    async def get(self, path: str, **query: Any) -> Told:
        try:
            return await self._gateway.get(path, **query)
        except GatewayAnswerError as error:
            raise ToolError(str(error)) from None

    async def post(self, path: str, body: Told) -> Told:
        try:
            return await self._gateway.post(path, body)
        except GatewayAnswerError as error:
            raise ToolError(str(error)) from None


def _place(recovery_id: str, what: str = "") -> str:
    return f"/v1/recoveries/{quote(recovery_id, safe='')}{what}"


def _reading(server: MCPServer, gateway: _Asked) -> None:
    @server.tool(title="List recoveries", annotations=READS)
    async def list_recoveries(
        state: Annotated[str, Field(description="Only in this state, such as held")] = "",
        job_id: Annotated[str, Field(description="Only of this job")] = "",
        workspace: Annotated[str, Field(description="Only of this workspace")] = "",
        before: Annotated[str, Field(description="`next` of the last answer, for older ones")] = "",
        limit: Annotated[int, Field(ge=1, le=200, description="How many at the most")] = 20,
    ) -> Told:
        """List recoveries, the newest first, each with its state and what a person does next."""
        return await gateway.get(
            "/v1/recoveries", state=state, job_id=job_id, workspace=workspace, before=before, limit=limit
        )

    @server.tool(title="Show a recovery", annotations=READS)
    async def show_recovery(recovery_id: RecoveryId) -> Told:
        """Show one recovery: findings, counts of people, plan hash, ETA, why it waits or ended."""
        return await gateway.get(_place(recovery_id))

    @server.tool(title="Show who is kept back", annotations=READS)
    async def list_kept_back(recovery_id: RecoveryId) -> Told:
        """List whom a recovery keeps back for a person, why, and what was decided; numbers are masked."""
        return await gateway.get(_place(recovery_id, "/decisions"))

    @server.tool(title="Show a request", annotations=READS)
    async def show_request(
        request_id: Annotated[str, Field(pattern="^h_[0-9a-f]{16}$", description="Id of the request")],
    ) -> Told:
        """Show how a request for a recovery goes on: its run, its recovery, or why there is none."""
        return await gateway.get(f"/v1/requests/{request_id}")


def _operating(server: MCPServer, gateway: _Asked) -> None:
    @server.tool(title="Ask for a recovery", annotations=ACTS)
    async def ask_for_recovery(
        job_id: Annotated[str, Field(min_length=1, max_length=120, description="Id of the job")],
        workspace: Annotated[str, Field(description="Its workspace; empty for the default one")] = "",
        ticket: Annotated[str, Field(description="The ticket that asks, as SYSTEM:ID")] = "",
        contacts: Annotated[
            str,
            Field(
                pattern=PEOPLE_PATTERN,
                description="Key of a contact file that a person has handed over for this job: nobody else "
                "of it is redialled. Empty for everybody. Never a number: a person hands the file over with "
                "`ringback contacts FILE --for JOB`, or to the gateway, and gets the key",
            ),
        ] = "",
    ) -> Told:
        """Ask for a recovery of a job: a plan is made and a person is asked; nobody is called before."""
        wish = {"job_id": job_id, "workspace": workspace, "ticket": ticket, "approval": "ask"}
        return await gateway.post("/v1/recoveries", wish | ({"contacts": contacts} if contacts else {}))

    @server.tool(title="Cancel a recovery", annotations=ACTS)
    async def cancel_recovery(recovery_id: RecoveryId, by: By, reason: Why) -> Told:
        """Withdraw a recovery for a named person: what does not ring yet is taken back."""
        return await gateway.post(_place(recovery_id, "/cancel"), {"by": by, "reason": reason})


def _approving(server: MCPServer, gateway: _Asked) -> None:
    @server.tool(title="Approve a plan", annotations=ACTS)
    async def approve_plan(
        recovery_id: RecoveryId,
        plan_hash: Annotated[
            str,
            Field(
                min_length=12, max_length=128, description="`plan_hash` of the plan that the person has read"
            ),
        ],
        by: By,
        reason: Why,
    ) -> Told:
        """Pass on a named person's yes to the plan of that hash: real people are called after it."""
        said = {"plan_hash": plan_hash, "by": by, "reason": reason}
        return await gateway.post(_place(recovery_id, "/approve"), said)

    @server.tool(title="Decline a plan", annotations=ACTS)
    async def decline_plan(recovery_id: RecoveryId, by: By, reason: Why) -> Told:
        """Pass on a named person's no: the recovery is held, and nobody is called."""
        return await gateway.post(_place(recovery_id, "/decline"), {"by": by, "reason": reason})


def _deciding(server: MCPServer, gateway: _Asked) -> None:
    @server.tool(title="Decide about kept-back people", annotations=ACTS)
    async def decide_about_kept_back(  # noqa: PLR0917  the tool's form, not a call of ours
        recovery_id: RecoveryId,
        choice: Annotated[
            Literal["redial", "reached", "never"],
            Field(
                description="redial: into the next plan. reached: never dialled again. never: suppressed too"
            ),
        ],
        rows: Annotated[list[int], Field(min_length=1, description="Rows of the list")],
        list_state: Annotated[
            str, Field(min_length=12, max_length=128, description="`list_state` of the list that was read")
        ],
        by: By,
        because: Why,
        accept_risk: Annotated[
            bool,
            Field(description="Needed to redial: the person knows that they may have been called already"),
        ] = False,
    ) -> Told:
        """Pass on what a named person has decided about contacts; the job's next recovery carries it out."""
        said = {
            "as": choice,
            "rows": rows,
            "list_state": list_state,
            "by": by,
            "because": because,
            "accept_risk": accept_risk,
        }
        return await gateway.post(_place(recovery_id, "/decisions"), said)
