"""Whatever a run leaves behind, on screen or on disk, holds no whole number of the job and no secret."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.client import Sandbox
from flows.triage import check_the_job
from models.masking.quotes import without_numbers
from models.platform import Draft, PlatformError
from tasks.carriers.keys import TwilioKeys
from tasks.carriers.twilio import Twilio
from tasks.clock import VirtualClock
from tasks.ledger.database.engine import make_engine
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.stories import STORIES
from tests.chaos.kills.trial_environment import TrialEnvironment, house_of
from tests.plain_settings import plain_settings
from tests.support import shop_for

LONG = 120.0
STORY = {story.name: story for story in STORIES}
ENDS = {"leaked permits": "recovered", "provider down": "held", "repeated delivery": "escalated"}
LEDGER = re.compile(r"ledger\.db(-wal|-shm|-journal)?$")
KEY_FILE = "audit.keys"
BETWEEN = re.compile(r"(?<=\d)[\s().\-\u2010-\u2015\u00a0]+(?=\d)")
COUNTRY = 2
"""Digits of +61."""


@dataclass(frozen=True)
class Left:
    """Everything that a story left behind as text by its name, and what must not be in it."""

    texts: Mapping[str, str]
    numbers: frozenset[str]
    secrets: Mapping[str, str]
    end: str | None


def in_any_spelling(text: str, numbers: frozenset[str]) -> set[str]:
    """Return the numbers that a text holds: with or without country code, spaced, dashed, in brackets."""
    tight = BETWEEN.sub("", text)
    return {number for number in numbers if number in tight}


def significant(phone: str) -> str:
    """Return the digits that every spelling of an Australian number has in common."""
    digits = "".join(filter(str.isdigit, phone))
    return digits[COUNTRY:] if digits.startswith("61") else digits.removeprefix("0")


def numbers_of(history: Mapping[str, Any]) -> frozenset[str]:
    """Return the numbers of everybody in a world's job."""
    return frozenset(significant(one["phone"]) for one in history["truth"])


def read(path: Path) -> Iterator[tuple[str, str]]:
    """Return what a file holds as text: itself, or each file of a zip."""
    data = path.read_bytes()
    if path.suffix != ".zip":
        yield path.name, data.decode("utf-8", "replace")
        return
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        yield path.name, "\n".join(package.namelist())
        for name in package.namelist():
            yield f"{path.name}/{name}", package.read(name).decode("utf-8", "replace")


def commands(house: TrialEnvironment) -> Iterator[tuple[str, ...]]:
    """Return commands that people run around a recovery, with a wrong one among them."""
    newest = house.newest()
    assert newest is not None
    yield ("status",)
    yield ("status", newest.id)
    yield ("audit", newest.id)
    yield ("audit", newest.id, "--verify")
    yield ("triage", house.world.job_id)
    yield ("plan", house.world.job_id)
    yield ("escalate", house.world.job_id)
    yield ("resume", newest.id, "--no-prefect")
    yield ("approve", newest.id, "--by", "Ana", "--reason", "looked at it")
    yield ("cancel", newest.id)
    yield ("policy",)
    yield ("recover", "btcal_that_is_not_there", "--no-prefect")


def live(house: TrialEnvironment, nursery: ForkServer, flag: tuple[str, ...]) -> Left:
    """Recover a job, run the other commands, and gather everything that is left behind."""
    nursery.run(house.order("recover", ("recover", house.world.job_id, "--no-prefect", *flag)), LONG)
    end = house.state
    for n, command in enumerate(commands(house)):
        nursery.run(house.order(f"{n}-{command[0]}", (*command, *flag)), LONG)
    texts: dict[str, str] = {}
    for path in sorted(house.folder.rglob("*")):
        if path.is_file() and not LEDGER.search(path.name) and path.name != KEY_FILE:
            texts |= read(path)
            texts[f"the name of {path.name}"] = path.name
    return Left(texts, numbers_of(house.landed()), secrets_of(house), end)


def secrets_of(house: TrialEnvironment) -> dict[str, str]:
    """Return what must stay secret, by its name."""
    audit = {f"audit key {name}": secret.hex() for name, secret in house.keys.items()}
    return {"platform key": house.world.key, **audit}


@pytest.fixture(scope="module")
def nursery() -> Iterator[ForkServer]:
    """Return a warm process that forks children."""
    with ForkServer() as warm:
        yield warm


@pytest.fixture(scope="module", params=[(name, flag) for name in ENDS for flag in ((), ("--json",))], ids=str)
def left(request: pytest.FixtureRequest, sandbox: Sandbox, nursery: ForkServer) -> tuple[str, Left]:
    """Live through one story, with or without --json."""
    name, flag = request.param
    with house_of(sandbox, STORY[name], 1) as house:
        return name, live(house, nursery, flag)


def test_the_story_was_lived(left: tuple[str, Left]) -> None:
    """There is something to search: reports, an audit, a plan, a package."""
    name, found = left
    assert found.end == ENDS[name]
    assert len(found.numbers) > 10
    assert sum(len(text) > 100 for text in found.texts.values()) > 10
    assert any("SUMMARY.md" in text for text in found.texts)
    assert any("•" in text for text in found.texts.values())


def test_no_whole_number_is_left_behind(left: tuple[str, Left]) -> None:
    """No number of the job, in whatever spelling, is in any output, file or package."""
    _, found = left
    hits = {name: in_any_spelling(text, found.numbers) for name, text in found.texts.items()}
    assert [name for name, numbers in hits.items() if numbers] == []


def test_no_secret_is_left_behind(left: tuple[str, Left]) -> None:
    """Neither the platform's key nor an audit key is anywhere but where it belongs."""
    _, found = left
    hits = [
        (name, what)
        for name, text in found.texts.items()
        for what, key in found.secrets.items()
        if key in text
    ]
    assert hits == []


@pytest.mark.parametrize(
    "spelling",
    [
        "+61491570006",
        "0491570006",
        "+61 491 570 006",
        "(0491) 570-006",
        "0491.570.006",
        "+61\u00a0491\u2011570\u2011006",
    ],
)
def test_the_search_finds_every_spelling(spelling: str) -> None:
    """A search that finds nothing would prove nothing."""
    assert in_any_spelling(f"called {spelling}, 3 times", frozenset({"491570006"})) == {"491570006"}


def test_the_keys_file_is_for_its_owner_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    """The one file that holds the audit keys can be read by nobody else; so can the folder it is in."""
    world = sandbox.world("fell-short", contacts=12)
    shop_for(world, tmp_path / "home")
    assert (tmp_path / "home" / KEY_FILE).stat().st_mode & 0o077 == 0
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_no_repr_tells_a_secret_or_a_number(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whatever a debugger or a log prints of the desk, no secret and no number of the job is in it."""
    world = sandbox.world("fell-short", contacts=24)
    shop = shop_for(world, tmp_path)
    ctx = shop.context(world.job_id)
    check_the_job(ctx)
    secrets = {
        world.key,
        shop.keys.signing.secret.hex(),
        repr(shop.keys.signing.secret),
        str(shop.keys.phones),
    }
    told = [
        f(x) for f in (repr, str) for x in (shop, shop.settings, shop.keys, shop.ledger, ctx, ctx.platform)
    ]
    assert [text for text in told if any(secret in text for secret in secrets)] == []
    numbers = numbers_of(sandbox.history(world.key))
    assert [text for text in told if in_any_spelling(text, numbers)] == []


def test_no_repr_tells_the_database_password() -> None:
    """A ledger on Postgres is shown without its password."""
    url = "postgresql://ringback:open-sesame@localhost/ledger"
    settings = plain_settings(database_url=url)
    assert "open-sesame" not in f"{settings!r} {settings} {make_engine(url)!r}"


NUMBER = "+61491570006"
SAYS = {"detail": {"message": f"Recipient {NUMBER} (row 3) is refused for order_1234567890"}}
ODD = {
    "id": "j",
    "name": "n",
    "status": "in_progress",
    "created_at_unix": NUMBER,
    "recipients": [{"id": NUMBER}],
}
ANSWERS: Mapping[str, Callable[[], httpx.Response]] = {
    "refused": lambda: httpx.Response(400, json=SAYS),
    "forbidden": lambda: httpx.Response(403, json=SAYS),
    "down": lambda: httpx.Response(500, json=SAYS),
    "busy": lambda: httpx.Response(429, json=SAYS),
    "odd": lambda: httpx.Response(200, json=ODD),
    "no JSON": lambda: httpx.Response(200, text=NUMBER),
    "a list": lambda: httpx.Response(200, json=[NUMBER]),
    "input echoed": lambda: httpx.Response(
        422, json={"detail": [{"loc": ["x"], "msg": "bad", "input": NUMBER}]}
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_error_repeats_a_number_or_the_key(answer: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """A platform may put a number into an error or where a date belongs: our sentences do not repeat it."""
    key = "xi_secret_key_of_the_workspace"
    transport = httpx.MockTransport(lambda _request: ANSWERS[answer]())
    platform = ElevenLabs("https://voice.example", key, transport=transport, first_pause=0.0)
    draft = draft_of(sandbox, tmp_path)
    acts: list[Callable[[], Any]] = [
        lambda: platform.get_job("j"),
        lambda: list(platform.list_contacts("j")),
        lambda: platform.get_call("c"),
        lambda: platform.stop_job("j"),
        lambda: platform.create_job(draft),
    ]
    told = [words for act in acts if (words := failure(act))]
    assert told
    for words in told:
        assert key not in words
        assert not in_any_spelling(
            words, frozenset({significant(NUMBER), *(significant(c.phone or "") for c in draft.contacts)})
        )


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.strikes("carrier.unread")
def test_no_gap_of_the_carrier_repeats_a_number_or_its_keys(answer: str) -> None:
    """What the carrier would not tell is said to people: without whom it was about, and without the token."""
    account, token, sid = f"AC{'a' * 32}", "the_token_of_the_carrier", f"CA{'1a' * 16}"
    carrier = Twilio(
        "https://carrier.example",
        TwilioKeys(account, account, token),
        clock=VirtualClock(),
        transport=httpx.MockTransport(lambda _request: ANSWERS[answer]()),
    )
    assert carrier.look_up([sid]) == {}
    (gap,) = carrier.gaps()
    assert not in_any_spelling(gap, frozenset({significant(NUMBER)}))
    assert [one for one in (token, account, sid) if one in f"{gap} {carrier!r}"] == []


def draft_of(sandbox: Sandbox, home: Path) -> Draft:
    """Return a submission as a recovery would make it."""
    world = sandbox.world("fell-short", contacts=12)
    ctx = shop_for(world, home).context(world.job_id)
    rows = list(ctx.platform.list_contacts(world.job_id))
    return Draft("rb-r-1", ctx.platform.get_job(world.job_id), tuple(rows), 2)


def failure(act: Callable[[], Any]) -> str:
    """Return the words of an act's error, with those of every error behind it."""
    try:
        act()
    except PlatformError as error:
        words, cause = f"{error!r} {error}", error.__cause__
        while cause:
            words, cause = f"{words} {cause!r}", cause.__cause__
        return words
    return ""


def test_what_is_no_number_stays() -> None:
    """Ids and figures in the platform's words are what engineering needs: they are kept."""
    assert without_numbers("conv_123456789012 failed 3 of 250") == "conv_123456789012 failed 3 of 250"
    assert without_numbers(f"Recipient {NUMBER} refused") == "Recipient [number] refused"
