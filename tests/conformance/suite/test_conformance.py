"""The suite that authors of adapters run: every platform keeps the wire's rules, and the suite can fail."""

from pathlib import Path

import httpx
import pytest

from deployments.sandbox.scenarios import SCENARIOS
from models.enums import Fence
from tests.conformance.suite.bench import OnMapping, OnSite
from tests.conformance.suite.documented import ELEVENLABS
from tests.conformance.suite.ends import LESS
from tests.conformance.suite.here import Sent
from tests.conformance.suite.platforms import DESK, PLATFORMS, is_of_the_sandbox
from tests.conformance.suite.run import scenario, wire
from tests.conformance.suite.site import Site
from tests.conformance.suite.wire_rules import what_was_never_sent_is_refused
from tests.conformance.suite.world_rules import a_refused_stop_is_followed_by_a_read

SHIPPED = sorted(DESK.parent.glob("*.toml"))


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_platform_keeps_the_rules_of_the_wire(name: str, tmp_path: Path) -> None:
    """Errors are the right ones, an unclear create is unknown, and no sentence holds a number or the key."""
    lines = list(wire(OnSite(Site(PLATFORMS[name], tmp_path))))
    assert {line.name: line.troubles for line in lines if line.troubles} == {}
    assert {line.shown for line in lines} == {"kept"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_mapping_keeps_the_rules_of_the_wire(path: Path, tmp_path: Path) -> None:
    """A file is held against them without any platform; one that creates nothing says so."""
    lines = list(wire(OnMapping(path, tmp_path)))
    assert {line.name: line.troubles for line in lines if line.troubles} == {}
    creates = {line.shown for line in lines} == {"kept"}
    assert creates is is_of_the_sandbox(path)


def test_a_rule_of_the_wire_can_fail(tmp_path: Path) -> None:
    """An adapter that tells nobody a refused connection is one that breaks the rule."""
    at = OnMapping(SHIPPED[-1], tmp_path)
    assert list(what_was_never_sent_is_refused(at))


@pytest.mark.parametrize("name", [name for name, face in PLATFORMS.items() if face.stop])
def test_a_refused_stop_is_read_again_on_every_platform_that_stops(name: str, tmp_path: Path) -> None:
    """While the job runs a refused stop is none; once it is over, it is one."""
    assert PLATFORMS[name].capabilities.fence is Fence.PLATFORM
    assert list(a_refused_stop_is_followed_by_a_read(lambda: Site(PLATFORMS[name], tmp_path))) == []


@pytest.mark.parametrize(
    ("name", "played", "end", "less"),
    [
        ("retell", "outside-window", "healthy (none)", True),
        ("vogent", "permit-leak", "recovered (permits)", False),
        ("cartesia", "provider-outage", "held (fell_short)", True),
    ],
)
def test_some_recoveries_of_the_table_are_played(name: str, played: str, end: str, less: bool) -> None:
    """A platform that shows less ends as its abilities say, with every promise kept by its own record."""
    line = scenario(PLATFORMS[name], played)
    assert (line.shown, line.troubles, bool(line.why)) == (end, (), less)


def test_an_undocumented_request_is_noticed() -> None:
    """A parameter, a field or a path that no document names fits nothing; a named one does."""
    submit = "/v1/convai/batch-calling/submit"
    data = {"call_name": "x", "recipients": [{"id": "1", "conversation_initiation_client_data": {"any": 1}}]}

    def fits(path: str, body: object, *query: str) -> bool:
        return any(one.fits(Sent("POST", path, frozenset(query), body)) for one in ELEVENLABS)

    assert fits(submit, data)
    assert not fits(submit, data | {"retry_count": 2})
    assert not fits(submit, data, "dry_run")
    assert not fits(f"{submit}/more", data)


def test_every_exception_names_a_scenario_and_strikes_somewhere() -> None:
    """No line of the table of ends is left over from a scenario or an ability that is no more."""
    assert {one.scenario for one in LESS} <= set(SCENARIOS)
    assert all(any(one.lacks(face) for face in PLATFORMS.values()) for one in LESS)
    assert not any(one.lacks(PLATFORMS["elevenlabs"]) for one in LESS)


def test_a_platform_in_the_suite_answers_as_itself(tmp_path: Path) -> None:
    """What a rule lets through is answered by the façade, so that a rule without an answer cannot pass."""
    site = Site(PLATFORMS["http"], tmp_path)
    site.here.intercept = lambda _request: httpx.Response(401)
    bench = OnSite(site)
    bench.answering(lambda _request: None)
    assert bench.platform().get_job(site.job).id == site.job
