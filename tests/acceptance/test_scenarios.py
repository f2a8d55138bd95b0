"""Every scenario with five seeds: the right end for the right cause, and no promise broken on the way."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from deployments.sandbox.client import Sandbox
from deployments.sandbox.scenarios import SCENARIOS
from tests.acceptance.played import Played, play

SEEDS = range(1, 4)
SPEED = 120
SAMPLE = 20
# Enough that the bulk dwarfs what rings before a failure can be told from chance.
WISHES = {"poison": {"contacts": 400}}


def nobody_called(it: Played) -> None:
    """Make sure that no call was made by us."""
    assert it.ours == []


def source_untouched(it: Played) -> None:
    """Make sure that the job was neither stopped nor joined by another one."""
    before, after = it.source_status
    assert (before, after) in {(before, before), ("pending", "in_progress")}
    assert len(it.after["jobs"]) == len(it.before["jobs"])
    nobody_called(it)


def everybody_called(it: Played) -> None:
    """Make sure that whoever could be redialled was, and that the source calls nobody more."""
    counts = it.report["counts"]
    assert counts["planned"] == counts["accepted"] == counts["redialled"] > 0
    assert it.people_left_out == set()
    assert it.source_status[1] in {"cancelled", "completed"}


def ambiguous_kept_back(it: Played) -> None:
    """Make sure that contacts that may have been called without a record are held and not dialled."""
    everybody_called(it)
    lost = {row.contact_id: row.action for row in it.rows if row.seen["raw"] == "dispatched"}
    assert set(lost.values()) == {"hold"}
    assert it.report["counts"]["kept_back"] == len(lost)
    assert not lost.keys() & {dial["recipient_id"] for dial in it.ours}


def sample_only(it: Played) -> None:
    """Make sure that a provider that is still down costs no more than the sample."""
    assert len(it.ours) <= SAMPLE
    runs = it.source_status[0] == "in_progress"
    assert (it.report["verdict"], bool(it.ours)) == ((None, False) if runs else ("abort", True))


def handed_over(it: Played) -> None:
    """Make sure that engineering gets a package that opens."""
    with ZipFile(it.report["package"]) as package:
        assert package.testzip() is None
        assert len(package.namelist()) > 3
    assert Path(it.report["package"]).suffix == ".zip"


def duplicates_not_called(it: Played) -> None:
    """Make sure that a doubled job leads to no further call and to a package."""
    nobody_called(it)
    handed_over(it)


def bulk_spared(it: Played) -> None:
    """Make sure that failures that begin after the sample are stopped before half of the plan has rung."""
    counts = it.report["counts"]
    assert it.report["verdict"] == "abort"
    assert SAMPLE < len(it.ours) < counts["planned"] / 2
    assert counts["skipped"] + counts["withdrawn"] > counts["planned"] / 2
    handed_over(it)


MORE: dict[str, Callable[[Played], None]] = {
    "healthy": source_untouched,
    "finished": source_untouched,
    "outside-window": source_untouched,
    "permit-leak": ambiguous_kept_back,
    "dead-dispatcher": everybody_called,
    "fell-short": everybody_called,
    "invalid-segment": everybody_called,
    "poison": bulk_spared,
    "provider-outage": sample_only,
    "config-fault": source_untouched,
    "flagged-caller": source_untouched,
    "duplicate-job": duplicates_not_called,
    "duplicate-upload": everybody_called,
}


def test_every_scenario_has_its_own_promise() -> None:
    """A scenario that is added later is held to a promise of its own as well."""
    assert MORE.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_comes_to_its_end(sandbox: Sandbox, tmp_path: Path, scenario: str, seed: int) -> None:
    """The ladder ends as the scenario is to end, names its cause, adds up, and breaks no invariant."""
    it = play(sandbox, sandbox.world(scenario, seed, speed=SPEED, **WISHES.get(scenario, {})), tmp_path)
    assert it.end == (it.world.expected_state, it.world.expected_cause)
    assert it.breaches == ()
    assert it.adds_up
    MORE[scenario](it)
