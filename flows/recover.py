"""The ladder: from a stalled job to a recovered, held or escalated one."""

from flows.escalate import escalate
from flows.relaunch import relaunch
from flows.sample import sample
from flows.triage import triage
from models.enums import State
from models.verdict.ending import Ending
from tasks.dispatch import fence, ladder
from tasks.finish import finish
from tasks.finish.trouble import ending_for_errors
from tasks.plan import prepare


def recover() -> State:
    """Climb until something says stop; every way out goes through the same last step."""
    ending = ending_for_errors(climb_the_ladder)
    if ending.state is State.ESCALATED:
        ending = ending_for_errors(lambda: _with_package(ending))
    return finish.finish(ending)


def climb_the_ladder() -> Ending:
    """Follow the runbook; a run that goes on after a kill finds its way by the ledger."""
    if ending := ladder.go_on_stopping():
        return ending
    prepare.settle_earlier_waves()
    if not prepare.is_approved():
        if prepare.is_begun():
            prepare.show_the_begun_plan()
        else:
            triage()
            if ending := finish.ending_of_triage():
                return ending
            prepare.freeze_the_plan()
        if ending := prepare.ask_for_approval():
            return ending
    prepare.confirm_the_approved_plan()
    fence.fence()
    return ladder.finish_begun_waves() or sample() or relaunch() or finish.recovered()


def _with_package(ending: Ending) -> Ending:
    escalate(ending)
    return ending
