"""Waves of our own on whose calls the carrier has another word than the platform."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from deployments.sandbox.engine.faults import make_fault
from deployments.sandbox.engine.people import Weather
from deployments.sandbox.engine.world import World
from models.carrier import CarrierCall
from models.enums import Disposition, State, VerdictWord
from models.plan.markers import read_marker
from tasks.carriers.port import CarrierAnswer
from tasks.dispatch.waves import SAMPLE_WAVE
from tasks.ledger import plans, recoveries
from tests.integration.recovery.test_stop_wishes import Stage
from tests.simulation.case import FAULTY


class Trunk:
    """A carrier that has one word for whatever calls of our own waves it is asked about."""

    name = "twilio"

    def __init__(self, world: World, word: CarrierCall) -> None:
        self.world, self.word = world, word

    def is_id(self, carrier_id: str) -> bool:
        """Tell whether it is an id of ours."""
        return carrier_id.startswith("CA")

    def remembers(self, carrier_id: str) -> bool:
        """Forget everything."""
        return False

    def look_up(self, carrier_ids: Iterable[str]) -> Mapping[str, CarrierAnswer]:
        """Return the word of every call of a wave."""
        wanted = set(carrier_ids)
        ours = (one for one in self.world.calls.values() if read_marker(one.row.job.order.name))
        return {one.sid: CarrierAnswer(self.word, one.row.phone) for one in ours if one.sid in wanted}

    def untold(self, message: str) -> None:
        """Keep nothing."""

    def gaps(self) -> tuple[str, ...]:
        """Return that everything was told."""
        return ()

    def check(self) -> str:
        """Say that all is well."""
        return "The trunk answers."


@pytest.mark.parametrize("status", ["ringing", "in-progress"])
@pytest.mark.strikes("watching.at_the_carrier")
def test_a_call_that_only_the_carrier_still_has_is_no_stall_of_the_platform(
    tmp_path: Path, status: str
) -> None:
    """The platform is done with its rows and a carrier's call goes on for long: it is held and no escalation.

    Whoever it is with is neither called again nor done with.
    """
    stage = Stage(tmp_path)
    stage.scene.world.faults.all += [make_fault("twilio_sids", count=None)]
    stage.carrier = Trunk(stage.scene.world, CarrierCall("twilio", status))
    recovery = stage.recover()
    assert recovery.state in {State.HELD.value, State.RECOVERED.value}, recovery.next_action
    held = [one for one in plans.contacts(stage.ledger, recovery.id) if one.outcome == Disposition.AMBIGUOUS]
    assert held
    assert {
        f"waited for long enough: the carrier still has the call ({status})" in one.outcome_why
        for one in held
    } == {True}
    assert max(stage.dialled().values()) == 1


def test_a_provider_that_fails_after_the_answer_stops_the_sample(tmp_path: Path) -> None:
    """The platform calls each call failed, for one reason or another, and people took them: no more are."""
    stage = Stage(tmp_path)
    world = stage.scene.world
    world.faults.all += [make_fault("twilio_sids", count=None)]
    world.people.weather = Weather(1.0, FAULTY)
    stage.carrier = Trunk(world, CarrierCall("twilio", "completed", answered_by="human", seconds=4))
    recovery = stage.recover()
    assert recovery.verdict == VerdictWord.ABORT.value, recovery.next_action
    look = recoveries.looks(stage.ledger, recovery.id)[-1]
    assert (look.n, look.k, look.unresolved) == (SAMPLE_WAVE, SAMPLE_WAVE, 0)
    assert sum(stage.dialled().values()) == SAMPLE_WAVE
    outcomes = {one.outcome for one in plans.contacts(stage.ledger, recovery.id) if one.wave}
    assert outcomes == {Disposition.AMBIGUOUS.value}
