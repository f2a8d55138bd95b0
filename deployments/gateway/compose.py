"""The gateway's own composition root: from settings to parts."""

from collections.abc import Callable
from contextlib import suppress

import httpx

from deployments.gateway.parts import Parts, PredialDoor
from deployments.gateway.starter import (
    PermanentStartError,
    PrefectStarter,
    RetryableStartError,
    prefect_starter,
    prefect_url,
)
from deployments.gateway.worker import DECIDED, Wake
from models.enums import State
from models.tables.ledger import Recovery
from tasks.ledger import recoveries
from tasks.ledger.handovers import is_stop_unheard
from tasks.platforms.vapi.adapter import Vapi
from tasks.prefect_api.approvals import StillAskingError, announce_end, wake_by
from tasks.prefect_api.rest import PrefectRefusedError, PrefectRest
from tasks.prefect_api.run_ends import run_end
from tasks.prefect_api.server.process import let_in
from tasks.runtime.database import lacks_schema
from tasks.runtime.handing import hand_over, hand_over_people, handed_people
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.links import Links
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.runtime.settings.voqo import OWN_NAME
from tasks.runtime.settings.workspaces import settings_of, workspace_names
from tasks.runtime.vapi import gate_of
from tasks.runtime.wiring import Runtime, account_name, beside


def make_parts(runtime: Runtime) -> Parts:
    """Return parts that work on the shop's ledger and on the Prefect server of the environment."""
    settings, starter = runtime.settings, _starter(runtime)
    sources = make_sources(settings.hooks, settings.workspace)

    def connect() -> PrefectRest:
        return PrefectRest(str(starter.url).rstrip("/"))

    return Parts(
        ledger=runtime.ledger,
        clock=runtime.ledger.clock,
        starter=starter,
        wake=waker(runtime, connect),
        ended=run_end(connect),
        sources=sources,
        settings=settings.gateway,
        workspace=settings.workspace,
        workspaces=frozenset(workspace_names(settings)) | {source.workspace for source in sources.values()},
        tickets=frozenset(settings.tickets),
        region=runtime.policy.default_region,
        webhooks=webhook_secrets(settings),
        predials=predial_doors(runtime),
        hand_over=lambda workspace, seen: hand_over(beside(runtime, workspace), seen),
        hand_over_people=lambda workspace, *given: hand_over_people(beside(runtime, workspace), *given),
        handed_people=lambda workspace, *asked: handed_people(beside(runtime, workspace), *asked),
        files=settings.folder / "handed",
        link_key=Links(settings, runtime.ledger.clock).key,
        lacks={"The ledger": lambda: lacks_schema(runtime.ledger), "Prefect": starter.lacks},
        phones=runtime.keys.phones,
    )


def webhook_secrets(settings: Settings) -> dict[str, bytes]:
    """Return the secret of each workspace whose platform sends webhooks, by the workspace's name."""
    own = {settings.workspace: (settings.platform, settings.platform_webhook_secret)}
    own |= {name: (one.platform, one.webhook_secret) for name, one in settings.workspaces.items()}
    found = {name: secret.get_secret_value() for name, (kind, secret) in own.items() if kind == OWN_NAME}
    return {name: secret.encode() for name, secret in found.items() if secret}


def predial_doors(runtime: Runtime) -> dict[str, PredialDoor]:
    """Return who is asked before calls, by the name that the ledger knows the workspace's account by."""
    settings = runtime.settings
    names = [name for name, own in settings.workspaces.items() if own.platform == Vapi.name]
    told = [settings_of(settings, name) for name in names if name != settings.workspace]
    told += [settings] if settings.platform == Vapi.name else []
    return {
        account_name(one, runtime.keys, runtime.ledger): PredialDoor(
            one.platform_webhook_secret.get_secret_value().encode(), one.suppression
        )
        for one in told
        if gate_of(one) is not None
    }


def _starter(runtime: Runtime) -> PrefectStarter:
    let_in(runtime.settings.folder / "prefect", prefect_url())
    try:
        starter = prefect_starter()
    except (httpx.InvalidURL, ValueError):
        starter = None
    if starter is None or not starter.url.host or starter.url.scheme not in {"http", "https"}:
        raise SettingsError("PREFECT_API_URL is not a web address; it looks like http://HOST:4200/api.")
    return starter


def waker(runtime: Runtime, connect: Callable[[], PrefectRest]) -> Wake:
    """Return a wake that resumes the waiting run at a Prefect server, or starts one that goes on."""

    def wake(recovery_id: str) -> None:
        try:
            with connect() as api:
                stored = recoveries.get(runtime.ledger, recovery_id)
                goes_on = is_stop_unheard(runtime.ledger, stored)
                wake_by(api, runtime, recovery_id)
                if not goes_on:
                    _announce(api, recoveries.get(runtime.ledger, recovery_id))
        except httpx.HTTPError as error:
            raise RetryableStartError(
                f"Prefect does not answer ({type(error).__name__}); tried again later."
            ) from None
        except StillAskingError:
            raise RetryableStartError(
                "The run that has asked is on its way to its form; looked at again."
            ) from None
        except PrefectRefusedError as error:
            raise PermanentStartError(f"Prefect refused to go on with {recovery_id}: {error}") from None

    return wake


def _announce(api: PrefectRest, stored: Recovery) -> None:
    # A run that went on after an approval, or was asked to cancel, has said itself how it ended.
    went_on = stored.cancel_asked or (stored.plan_hash and stored.approved_hash == stored.plan_hash)
    if State(stored.state) in DECIDED and not went_on:
        with suppress(httpx.HTTPError, PrefectRefusedError):
            announce_end(api, stored)
