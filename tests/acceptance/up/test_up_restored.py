"""`ringback up` on a ledger that was put back to an earlier copy: last of all, after the stop."""

import pytest

from tests.acceptance.conftest import WAITING_COPY
from tests.acceptance.up.up_site import MANY_SECONDS, Asked, UpSite

pytestmark = pytest.mark.timeout(1200)

ENDED = "select count(*) from recovery where ended_at is not null"


def test_a_ledger_from_before_the_approval_calls_nobody_again(up: UpSite, asked: Asked) -> None:
    """The copy was made while the plan waited: approved a second time, it calls nobody and says why."""
    site = up.sites["killed"]
    if not site.count(ENDED):
        up.wait(lambda: site.count(ENDED), "the plan was carried out", MANY_SECONDS)
    called = site.dialled()
    assert called
    if up.process is not None and up.process.poll() is None:
        assert up.stop() == 0
    done = up.command("restore", WAITING_COPY, "--over", "--json")
    assert done.code == 0, done.stdout + done.stderr
    up.start()
    recovery = up.recovery(asked.before["killed"])
    decided = up.command("approve", recovery, "--by", "Ida", "--reason", "approved again", "--json")
    assert decided.code == 2
    assert "put back to an earlier copy" in decided.json["error"]
    resumed = up.command("resume", recovery, "--json")
    assert resumed.code in {3, 4}, resumed.stdout + resumed.stderr
    assert resumed.json["state"] in {"held", "escalated", "awaiting_approval"}
    assert "copy" in resumed.stdout
    assert site.dialled() == called
    assert up.stop() == 0
