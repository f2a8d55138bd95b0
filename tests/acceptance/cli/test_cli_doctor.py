"""`ringback doctor`: each thing that a recovery needs, right or said to be wrong, with nothing changed."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from tasks.runtime.doctor import Checkup, examine
from tasks.runtime.settings.settings import Settings
from tests.acceptance.site import OpenSite


def test_all_is_right_on_a_platform_that_answers(open_site: OpenSite) -> None:
    """A person who has set it up reads so, line by line, and a program by the exit code."""
    site = open_site("healthy")
    done = site.run("doctor", "--json")
    checks = {one["what"]: one for one in done.json["checks"]}
    assert done.code == 0, checks
    assert {"disk", "time zones", "ledger", "audit keys"} <= checks.keys()
    (platform,) = (one for what, one in checks.items() if what.startswith("platform of"))
    assert "takes the key" in platform["said"]
    assert site.dialled() == {}


def test_a_wrong_key_is_named_and_ends_with_one(open_site: OpenSite) -> None:
    """What is wrong is said in a sentence, and everything else is looked at all the same."""
    site = open_site("healthy")
    done = site.run("doctor", RINGBACK_PLATFORM_KEY="wrong")
    assert done.code == 1
    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 1
    assert "platform of" in wrong[0]
    assert "ok     ledger" in done.stdout


@pytest.mark.parametrize(("late", "is_ok"), [(0, True), (40, True), (400, False), (-400, False)])
def test_a_clock_that_is_off_is_said(tmp_path: Path, late: int, is_ok: bool) -> None:
    """The platform's clock and ours have to agree to within a look's time; another is a finding."""
    told = format_datetime(datetime.now(UTC) + timedelta(seconds=late), usegmt=True)
    transport = httpx.MockTransport(lambda _: httpx.Response(404, headers={"Date": told}))
    assert clock(tmp_path, transport).is_ok is is_ok


@pytest.mark.parametrize("date", ["", "noon"])
def test_a_time_that_is_not_told_is_no_fault(tmp_path: Path, date: str) -> None:
    """A platform need not say what time it is."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers={"Date": date}))
    found = clock(tmp_path, transport)
    assert (found.is_ok, found.said) == (True, "Its time is not told.")


LONG_ENOUGH = "a-secret-of-some-length-0123456789"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"secret": LONG_ENOUGH},
            "Its secret is there",
        ),
        ({"secret": "env:NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE"),
        ({"secret": "abc-xyz"}, "[hooks.zendesk]"),
        ({"secret": LONG_ENOUGH, "workspace": "nowhere"}, "name one of default"),
    ],
)
def test_a_hook_that_would_take_nothing_is_said(tmp_path: Path, given: dict[str, str], said: str) -> None:
    """A missing or guessable secret, or a workspace that is none, is found before the first ticket comes."""
    shared = {"home": tmp_path, "platform_key": "k", "platform_url": "http://127.0.0.1:9"}
    settings = Settings.model_validate(shared | {"hooks": {"zendesk": given}})
    (found,) = (one for one in examine(settings) if one.what == "hook zendesk")
    assert said in found.said
    assert found.is_ok is ("secret is there" in said)
    assert given["secret"] not in found.said or given["secret"].startswith("env:")


def clock(home: Path, transport: httpx.BaseTransport) -> Checkup:
    """Return what is said of the clocks, with a platform that nobody answers for but the transport."""
    given = {"home": home, "platform_key": "k", "platform_url": "http://127.0.0.1:9"}
    found = examine(Settings.model_validate(given), transport)
    return next(one for one in found if one.what.startswith("clock of"))
