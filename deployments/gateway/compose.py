"""The gateway's own composition root: from settings to parts."""

import httpx

from deployments.gateway.parts import Parts
from deployments.gateway.sources import make_sources
from deployments.gateway.starter import PrefectStarter, Starter, prefect_starter
from deployments.gateway.worker import Wake
from deployments.root import Shop
from deployments.settings import SettingsError
from models.hooks.order import Ask, Order
from models.words import State
from tasks.ledger import recoveries
from tasks.ledger.store import Ledger


def make_parts(shop: Shop) -> Parts:
    """Return parts that work on the shop's ledger and on the Prefect server of the environment."""
    settings, starter = shop.settings, _starter()
    sources = make_sources(settings.hooks, settings.workspace)
    return Parts(
        ledger=shop.ledger,
        clock=shop.ledger.clock,
        starter=starter,
        wake=fresh_run(shop.ledger, starter, settings.workspace),
        sources=sources,
        settings=settings.gateway,
        workspace=settings.workspace,
        workspaces=frozenset(source.workspace for source in sources.values()),
        region=shop.policy.default_region,
        phones=shop.keys.phones,
    )


def _starter() -> PrefectStarter:
    try:
        starter = prefect_starter()
    except (httpx.InvalidURL, ValueError):
        starter = None
    if starter is None or not starter.url.host or starter.url.scheme not in {"http", "https"}:
        raise SettingsError("PREFECT_API_URL is not a web address; it looks like http://HOST:4200/api.")
    return starter


def fresh_run(ledger: Ledger, starter: Starter, default_workspace: str) -> Wake:
    """Return a wake that starts the deployment anew for a recovery that has not ended: it continues it."""

    def wake(recovery_id: str) -> None:
        stored = recoveries.get(ledger, recovery_id)
        if State(stored.state).is_end:
            return
        workspace = "" if stored.workspace == default_workspace else stored.workspace
        request = Ask(stored.job_id, workspace, requested_by=f"wake {recovery_id}").parameters()
        # Once per decision: the same one never starts two runs, the next one starts its own.
        now = f"{stored.state}/{stored.approved_hash or '-'}/{stored.cancel_asked}"
        starter.start(Order(request, f"ringback/wake/{recovery_id}/{now}", ("ringback", "wake")))

    return wake
