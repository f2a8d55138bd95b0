"""All that waits for a person: of each job what its newest recovery asks for, with the exact command."""

from models.enums import State
from tasks.clock import VirtualClock
from tasks.finish.waiting_list import age, headline, waiting_document, waiting_for_people
from tasks.ledger import recoveries
from tasks.ledger.people import decisions
from tasks.ledger.store import Ledger
from tests.integration.kept import kept, wish
from tests.integration.scenes import claimed, end, frozen


def test_everything_that_waits_stands_there_once(ledger: Ledger, clock: VirtualClock) -> None:
    """Plans, what is held or escalated, people: the oldest first; what a newer recovery took up is gone."""
    assert headline(waiting_for_people(ledger)) == "Nothing waits for a person."
    kept(ledger)
    clock.sleep(3600)
    for name, state, resumable in (
        ("h", State.HELD, True),
        ("i", State.HELD, False),
        ("e", State.ESCALATED, False),
    ):
        end(ledger, claimed(ledger, f"r_{name}", ("shop", "fake", f"job-{name}")), state, resumable=resumable)
        clock.sleep(60)
    end(ledger, claimed(ledger, "r_old", ("shop", "fake", "job-a")), State.HELD)
    asking = claimed(ledger, "r_a", ("shop", "fake", "job-a"))
    plan = frozen(ledger, asking)
    recoveries.update(ledger, asking, "waiting", {}, state=State.AWAITING_APPROVAL.value)
    clock.sleep(60)
    found = waiting_for_people(ledger)
    assert [(one.kind, one.command) for one in found] == [
        ("decide", "ringback decide r_1"),
        ("held", "ringback resume r_h"),
        ("held", "ringback recover job-i"),
        ("escalated", "ringback status r_e"),
        ("approve", f"ringback approve r_a --by NAME --reason TEXT --plan {plan.hash[:12]}"),
    ]
    assert headline(found) == "1 plan to approve, 2 held, 1 escalated, 3 people to decide"
    told = waiting_document(found, clock.now())
    assert [one["age_seconds"] for one in told["waiting"]] == [3600 + 240, 240, 180, 120, 60]
    assert age(found[0].since, clock.now()) == "1 h"
    assert waiting_for_people(ledger, "elsewhere") == []
    decisions.decide(ledger, "r_1", wish(rows=(2, 3)))
    assert waiting_document(waiting_for_people(ledger), clock.now())["counts"]["decide"] == 1
