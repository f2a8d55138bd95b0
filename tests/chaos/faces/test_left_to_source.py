"""Whom the source itself has reached since the plan is told of by both voices alike."""

from deployments.sandbox.engine.moves import make_move
from tasks.dispatch.fence import MOVED_ON
from tasks.ledger import plans, recoveries
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.run import folder
from tests.conformance.suite.site import Site


def passes(site: Site, seconds: float) -> None:
    """Let time pass at the platform."""
    site.clock.sleep(seconds)
    site.here.scene.world.advance(site.clock.now().timestamp())


def test_people_whom_the_source_has_reached_are_no_nothing_to_do() -> None:
    """The dispatcher wakes for a minute while the plan waits: the good end names them and says what to do."""
    with folder() as at:
        site = Site(PLATFORMS["http"], at, approval="ask")
        site.run()
        for row in (row for row in site.here.scene.job.rows if row.call is None):
            site.here.scene.world.people.at(row.phone).fate = "answered"
        make_move(site.here.scene, "dispatcher_back")
        passes(site, 60)
        make_move(site.here.scene, "dispatcher_dead")
        passes(site, 300)
        waits = recoveries.of_job(site.ledger, site.job_key)[-1]
        recoveries.decide(site.ledger, waits.id, approved=True, by="Ida", reason="looked at it")
        assert site.recover()["state"] == "recovered"
        ended = recoveries.get(site.ledger, waits.id)
        left = len(plans.skipped_under(site.ledger, waits.id, MOVED_ON))
        assert left > 0
        assert f"{left} contact" in ended.next_action
        assert f"and {left} of them as reached: run recover again" in ended.next_action
        site.close()
