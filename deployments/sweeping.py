"""Running a sweep: what acting on a stalled job means, by the caller's choice."""

from dataclasses import replace
from typing import Any, Literal

from deployments.root import Shop
from deployments.runner import run_or_follow
from flows.sweep import sweep
from tasks.desk import Reporter, at
from tasks.ledger import recoveries
from tasks.sweep import Seen

Act = Literal["report", "propose", "recover"]


def run_sweep(shop: Shop, act: Act, reporter: Reporter) -> dict[str, Any]:
    """Sweep one workspace; `propose` opens recoveries that wait for approval, `recover` runs them."""
    here = shop.desk("", reporter=reporter)

    def do(seen: Seen) -> str:
        return "reported" if act == "report" else _open(shop, seen.job_id, act, reporter)

    def resume(recovery_id: str) -> str:
        if act == "report":
            return "interrupted; `ringback resume` goes on"
        return _open(shop, recoveries.get(shop.ledger, recovery_id).job_id, act, reporter)

    with at(here):
        return sweep(do, resume).as_json()


def _open(shop: Shop, job_id: str, act: Act, reporter: Reporter) -> str:
    approval = "auto" if act == "recover" else "ask"
    careful = replace(shop, policy=shop.policy.model_copy(update={"approval": approval}))
    report = run_or_follow(careful.desk(job_id, reporter=reporter), plain=True)
    return f"{report['state']} ({report['recovery_id']})"
