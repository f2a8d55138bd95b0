"""Prefect's blocks for the credentials of a platform's workspace and of a ticket system.

Prefect finds them by the entry point `prefect.collections`. The settings name them by `key_block` and read
them over the API (`tasks.runtime.blocks`); flows of other people load them and ask for a client.
"""

from typing import ClassVar

import httpx
from prefect.blocks.abstract import CredentialsBlock

from models.policy.policy import Policy
from tasks.clock import WallClock
from tasks.platforms.port import Platform
from tasks.runtime.blocks import TICKETS, WORKSPACE, TicketValues, WorkspaceValues
from tasks.runtime.outbox import adapter
from tasks.runtime.settings.settings import Settings
from tasks.runtime.settings.tickets import TicketSystem
from tasks.runtime.wiring import make_platform
from tasks.tickets.port import Ticketing


class WorkspaceCredentials(WorkspaceValues, CredentialsBlock):
    """Credentials of a workspace on a voice platform.

    The settings name the block as `key_block`, for the default workspace or in `[workspaces.NAME]`.
    """

    _block_type_name: ClassVar[str] = "ringback workspace"
    _block_type_slug: ClassVar[str] = WORKSPACE

    def get_client(self, transport: httpx.BaseTransport | None = None) -> Platform:
        """Return the platform of the workspace, as the steps of the runbook use it."""
        settings = Settings.model_construct(
            platform=self.platform, platform_url=self.url, platform_key=self.key
        )
        return make_platform(settings, Policy.model_validate({}), WallClock(), transport)


class TicketSystemCredentials(TicketValues, CredentialsBlock):
    """Credentials of a ticket system.

    The settings name the block as `key_block` in `[tickets.NAME]`.
    """

    _block_type_name: ClassVar[str] = "ringback ticket system"
    _block_type_slug: ClassVar[str] = TICKETS

    def get_client(self, transport: httpx.BaseTransport | None = None) -> Ticketing:
        """Return the ticket system, as the outbox writes to it."""
        told = TicketSystem(kind=self.kind, url=self.url, user=self.user, token=self.token)  # type: ignore[call-arg]
        return adapter(told, self.token.get_secret_value(), WallClock(), transport)


def register_types() -> None:
    """Put both types of block on the server that PREFECT_API_URL names, or renew them there."""
    for block in (WorkspaceCredentials, TicketSystemCredentials):
        block.register_type_and_schema()
