"""The pages of platforms say what the program says that they can do, and the table what the rules say."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from deployments.sandbox.scenarios import SCENARIOS, build
from docs.generate.platforms import DATA
from models.enums import Absence, Fence, Find, Reads, Stop
from models.platform import Capabilities
from tasks.platforms.elevenlabs.account import CAMPAIGNS
from tasks.runtime.platforms import CAPABILITIES
from tests.conformance.suite.ends import expected
from tests.conformance.suite.platforms import PLATFORMS
from tests.unit.docs.pages import ROOT, text_of

CAN = {**CAPABILITIES, "elevenlabs-campaigns": CAMPAIGNS}
PAGES = {name: page for name in CAN if (page := ROOT / "docs" / f"platform-{name}.md").exists()}
SAYS: tuple[tuple[str, Callable[[Capabilities], bool]], ...] = (
    (r"not listed:|shows no job,", lambda can: not can.can_list_jobs),
    (r"cannot be stopped by a program|a job is stopped\s+by a person", lambda can: can.fence is Fence.PERSON),
    (r"stops a stalled one by a cancel", lambda can: can.can_stop and can.stop is Stop.QUEUE),
    (r"Anybody may resume a paused job", lambda can: can.stop is Stop.PAUSE),
    (r"it makes a draft", lambda can: can.drafts),
    (r"has shown a name of ours before", lambda can: can.find is Find.JOBS and can.absence is Absence.EARNED),
    (
        r"are not counted|does not tell how many calls are in the air",
        lambda can: not can.has_live_count,
    ),
    (r"idempotency_key", lambda can: can.find is Find.TOKEN),
    (r"held where it is not found", lambda can: can.find is Find.JOBS and can.absence is Absence.NEVER),
    (r"never asked for again", lambda can: can.find is Find.NEVER),
    (r"read from|reads\s+a?\s*batch from its calls", lambda can: can.reads is Reads.JOINED),
    (r"what operators hand over;", lambda can: can.reads is Reads.HANDOVERS),
)
"""What a page says, and of which platforms it has to: of these, and of no others."""


def test_every_platform_without_a_standard_has_a_page() -> None:
    """Whoever names a platform finds what it cannot do: on its own page, or on that of mappings."""
    assert CAPABILITIES.keys() - PAGES.keys() <= {"elevenlabs", "http"}
    assert len(PAGES) >= 3


def test_what_is_printed_is_what_is_held_against_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ringback platform list` shows the abilities that the tests here go by."""
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path))
    told = CliRunner().invoke(app, ["platform", "list", "--json"])
    shown = {one["platform"]: one["capabilities"] for one in json.loads(told.stdout)["platforms"]}
    assert shown == json.loads(json.dumps({name: can.as_json() for name, can in CAPABILITIES.items()}))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("words", "has_to"), SAYS, ids=[words for words, _ in SAYS])
def test_a_page_says_what_its_platform_cannot_do(
    name: str, words: str, has_to: Callable[[Capabilities], bool]
) -> None:
    """An ability that a platform lacks stands on its page, and none that it has is denied there."""
    said = re.search(words, text_of(PAGES[name])) is not None
    assert said is has_to(CAN[name])


def test_the_table_is_of_every_platform_and_scenario() -> None:
    """A platform or a scenario that is new is played before the page is printed."""
    told = json.loads(DATA.read_text(encoding="utf-8"))["platforms"]
    assert told.keys() == PLATFORMS.keys()
    assert all([one["name"] for one in lines] == list(SCENARIOS) for lines in told.values())


def test_the_table_shows_the_ends_that_follow_from_the_abilities() -> None:
    """A changed rule of ends, or a changed scenario, asks for another run."""
    told = json.loads(DATA.read_text(encoding="utf-8"))["platforms"]
    for name in SCENARIOS:
        scene = build(name, 1, 1_800_000_000.0, contacts=48, permits=11)
        for platform, face in PLATFORMS.items():
            line = next(one for one in told[platform] if one["name"] == name)
            end = expected(scene, face)
            assert (line["shown"], line["why"]) == (f"{end.state} ({end.cause})", end.why), (platform, name)
