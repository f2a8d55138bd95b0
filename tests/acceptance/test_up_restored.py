"""`ringback up` on a ledger that was put back to an earlier copy: last of all, after the stop."""

import pytest

from tests.acceptance.conftest import WAITING_COPY
from tests.acceptance.up_site import ENDS, Asked, UpSite

pytestmark = pytest.mark.timeout(1200)


def test_a_ledger_from_before_the_approval_calls_nobody_again(up: UpSite, asked: Asked) -> None:
    """The copy was made while the plan waited: approved and run a second time, it holds and says why."""
    site = up.sites["approved"]
    called = site.dialled()
    assert called, "the plan was carried out before"
    done = up.command("restore", WAITING_COPY, "--over", "--json")
    assert done.code == 0, done.stdout + done.stderr
    up.start()
    recovery = up.recovery(asked.before["approved"])
    decided = up.command("approve", recovery, "--by", "Ida", "--reason", "approved again", "--json")
    run = up.until(str(up.ask("approved", approval="auto")["id"]), *ENDS, "PAUSED")
    assert site.dialled() == called
    ((state, next_action),) = site.ask("select state, next_action from recovery where id = ?", recovery)
    told = f"{decided.stdout}{run['state']['message']}{next_action}"
    assert state in {"held", "escalated"}, told
    assert site.dialled() == called
    assert up.stop() == 0
