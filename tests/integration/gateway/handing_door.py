"""The gateway as operators hand jobs over to it: a workspace of Voqo, beside one whose platform is read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import select

from deployments.gateway.app import make_app
from deployments.gateway.parts import Parts
from models.hooks.tokens import Scope
from models.tables.handovers import HandedFile, HandoverRow, PeopleFile
from tasks.ledger.inbox import tokens
from tasks.runtime.handing import hand_over, hand_over_people, handed_people
from tasks.runtime.settings.hooks import GatewaySettings
from tasks.runtime.settings.workspaces import WorkspaceSettings
from tasks.runtime.wiring import beside
from tests.fakes.gateway_starter import FakeStarter
from tests.integration.gates import run
from tests.integration.handovers.voqo_site import HEAD, JOB, VoqoSite
from tests.integration.scenes import phone

PLACE = f"/v1/jobs/{JOB}/handovers"
SEEN = {"status": "Running", "by": "Kim"}
UPLOAD = "phone_number,name\n" + "".join(f"{phone(n)},Contact {n}\n" for n in range(1, 6))
SMALL = 65_536
NO_FILE = {"none": (None, "")}
"""Makes a form of fields that have no file beside them."""


def report(*told: tuple[int, str]) -> str:
    """Return a report about some people, by their number and status."""
    return "\n".join([HEAD, *(f"{phone(n)},{status},0," for n, status in told), ""])


class Door:
    """The gateway of a workspace of Voqo, beside a workspace whose platform is read."""

    def __init__(self, home: Path, **policy: Any) -> None:
        self.site = VoqoSite(home, {"values": {"Trunk down": "transient"}}, **policy)
        read = WorkspaceSettings.model_validate({"platform_key": "xi_0123456789abcdef"})
        settings = self.site.runtime.settings.model_copy(update={"workspaces": {"read": read}})
        self.runtime = replace(self.site.runtime, settings=settings)
        self.ledger = self.runtime.ledger
        self.files = home / "handed"
        self.woken: list[str] = []
        self.parts = Parts(
            ledger=self.ledger,
            clock=self.site.clock,
            starter=FakeStarter(),
            wake=self.woken.append,
            settings=GatewaySettings.model_validate({"upload_bytes": SMALL}),
            workspace="ws_1",
            workspaces=frozenset({"read"}),
            hand_over=lambda workspace, seen: hand_over(beside(self.runtime, workspace), seen),
            hand_over_people=lambda workspace, *given: hand_over_people(
                beside(self.runtime, workspace), *given
            ),
            handed_people=lambda workspace, *asked: handed_people(beside(self.runtime, workspace), *asked),
            files=self.files,
            phones=b"a key of at least sixteen bytes",
        )
        self.app = make_app(self.parts)

    def token(self, *scopes: Scope, name: str = "robot", **given: Any) -> dict[str, str]:
        """Make a token and return the header that shows it."""
        made = tokens.add(self.ledger, name, scopes or tuple(Scope), **given)
        return {"Authorization": f"Bearer {made.text}"}

    def client(self) -> httpx.AsyncClient:
        """Return a client that speaks to the application in process."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://gate")

    def post(self, path: str, token: dict[str, str] | None = None, **given: Any) -> httpx.Response:
        """Send one form, with any token that may, where none is given."""
        headers = given.pop("headers", {}) | (
            token or self.token(name=f"t{len(self.everything())}-{id(given)}")
        )

        async def make() -> httpx.Response:
            async with self.client() as client:
                return await client.post(path, headers=headers, **given)

        return run(make())

    def hand(self, fields: dict[str, Any] | None = None, **files: Any) -> httpx.Response:
        """Hand the job over, with files by the name of their field."""
        return self.post(PLACE, data={**SEEN, **(fields or {})}, files=files or NO_FILE)

    def everything(self) -> list[Any]:
        """Return what is kept of hand-overs and of files."""
        with self.ledger.read() as session:
            tables = (HandoverRow, HandedFile, PeopleFile)
            return [row for table in tables for row in session.exec(select(table))]

    def left(self) -> list[Path]:
        """Return the files that lie where forms are read."""
        return [*self.files.rglob("*")] if self.files.exists() else []
