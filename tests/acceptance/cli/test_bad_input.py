"""Bad input: one clear sentence, the right exit code, nothing lost, nobody called."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tasks.prefect_api.server.process import free_port
from tests.acceptance.site import Completed, OpenSite, Site, run_cli

Prepare = Callable[[Path], None]
RECOVER = ("recover", "JOB", "--yes", "--no-prefect")


@dataclass(frozen=True)
class Bad:
    """One thing that is wrong, the exit code it deserves, and words that the sentence must hold."""

    code: int
    messages: tuple[str, ...]
    args: tuple[str, ...] = RECOVER
    env: tuple[tuple[str, str | None], ...] = ()
    prepare: Prepare = lambda _: None


def file(name: str, text: str) -> Prepare:
    """Return what writes a file into the home before the command runs."""

    def write(home: Path) -> None:
        (home / name).write_text(text)

    return write


def newer_ledger(home: Path) -> None:
    """Leave a ledger of a version that does not exist yet."""
    with closing(sqlite3.connect(home / "ledger.db")) as ledger, ledger:
        ledger.execute("create table alembic_version (version_num varchar(32) not null)")
        ledger.execute("insert into alembic_version values ('9999')")


def env(**changes: str | None) -> tuple[tuple[str, str | None], ...]:
    """Return changes of the environment; HOME in a value stands for the home folder."""
    return tuple(changes.items())


CASES = {
    "up at no port": Bad(2, ("--port", "65535"), ("up", "--port", "99999999")),
    "gateway at no port": Bad(2, ("--gateway-port", "65535"), ("up", "--gateway-port", "65536")),
    "sandbox at no port": Bad(2, ("--port", "0"), ("sandbox", "--port", "-4")),
    "metrics at no port": Bad(2, ("--port", "65535"), ("metrics", "--port", "99999999")),
    "unknown job": Bad(2, ("btcal_nobody",), ("recover", "btcal_nobody", "--yes", "--no-prefect")),
    "wrong key": Bad(2, ("key",), env=env(RINGBACK_PLATFORM_KEY="sandbox_wrong")),
    "missing key": Bad(2, ("RINGBACK_PLATFORM_KEY is not set",), env=env(RINGBACK_PLATFORM_KEY=None)),
    "platform down": Bad(
        3, ("could not be reached",), env=env(RINGBACK_PLATFORM_URL=f"http://127.0.0.1:{free_port()}")
    ),
    "no address": Bad(2, ("RINGBACK_PLATFORM_URL",), env=env(RINGBACK_PLATFORM_URL="not an address")),
    "unknown platform": Bad(2, ("RINGBACK_PLATFORM 'acme'", "elevenlabs"), env=env(RINGBACK_PLATFORM="acme")),
    "no policy file": Bad(2, ("policy", "nowhere.toml"), env=env(RINGBACK_POLICY="HOME/nowhere.toml")),
    "unknown policy key": Bad(2, ("'pol_seconds'",), prepare=file("policy.toml", "pol_seconds = 5\n")),
    "policy out of bounds": Bad(2, ("poll_seconds",), prepare=file("policy.toml", "poll_seconds = -1\n")),
    "policy is no TOML": Bad(2, ("is not TOML",), prepare=file("policy.toml", "poll_seconds = = 5\n")),
    "settings are no TOML": Bad(2, ("ringback.toml",), prepare=file("ringback.toml", "[workspace\n")),
    "no database address": Bad(2, ("RINGBACK_DATABASE_URL",), env=env(RINGBACK_DATABASE_URL="ledger.db")),
    "database out of reach": Bad(
        1, ("ledger",), env=env(RINGBACK_DATABASE_URL="sqlite:////nowhere/at/all/ledger.db")
    ),
    "home is a file": Bad(2, ("RINGBACK_HOME",), env=env(RINGBACK_HOME="HOME/policy.toml/here")),
    "newer ledger": Bad(2, ("newer ringback", "9999"), prepare=newer_ledger),
    "no ledger": Bad(1, ("no ledger",), prepare=file("ledger.db", "This is a letter to a friend.\n" * 40)),
    "no Prefect there": Bad(
        2,
        ("PREFECT_API_URL", "does not answer"),
        ("recover", "JOB", "--yes"),
        env(PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api"),
    ),
    "resume of nothing": Bad(2, ("r_nothing", "ringback status"), ("resume", "r_nothing", "--no-prefect")),
    "cancel of nothing": Bad(2, ("r_nothing",), ("cancel", "r_nothing")),
    "approval of nothing": Bad(2, ("r_nothing",), ("approve", "r_nothing", "--by", "Ana", "--reason", "x")),
    "approval by nobody": Bad(2, ("--by",), ("approve", "r_nothing")),
    "unknown command": Bad(2, ("recove",), ("recove", "JOB")),
}


@pytest.fixture(scope="module")
def site(open_site: OpenSite) -> Site:
    """Return a site whose job could be recovered."""
    return open_site("permit-leak")


@dataclass(frozen=True)
class Tried:
    """What a case left behind, and in which home."""

    home: Path
    done: Completed


@pytest.fixture(scope="module")
def tried(
    site: Site, crew: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Tried]:
    """Return what tells how a case ended; all cases run side by side, each in a home of its own."""

    def attempt(case: Bad) -> Tried:
        home = Path(mkdtemp(prefix="bad-", dir=tmp_path_factory.getbasetemp()))
        (home / "policy.toml").write_text((site.home / "policy.toml").read_text())
        case.prepare(home)
        own = {"RINGBACK_HOME": str(home), "RINGBACK_POLICY": str(home / "policy.toml")}
        changes = {name: value and value.replace("HOME", str(home)) for name, value in case.env}
        args = [site.job if arg == "JOB" else arg for arg in case.args]
        return Tried(home, run_cli([*args, "--json"], site.env(**{**own, **changes}), home))

    running: dict[str, Future[Tried]] = {name: crew.submit(attempt, case) for name, case in CASES.items()}
    return lambda name: running[name].result()


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_sentence(tried: Callable[[str], Tried], name: str) -> None:
    """What is wrong is said in one sentence, on stderr and as `error` in the JSON, without a traceback."""
    case, done = CASES[name], tried(name).done
    assert done.code == case.code, done.stderr
    assert set(done.json) == {"error", "exit"}
    assert done.json["exit"] == case.code
    for words in case.messages:
        assert words in done.json["error"]
    assert done.json["error"] in done.stderr
    assert "Traceback" not in done.stderr
    assert "unforeseen" not in done.stderr


@pytest.mark.parametrize("name", CASES)
def test_bad_input_opens_no_recovery(tried: Callable[[str], Tried], site: Site, name: str) -> None:
    """Whatever is wrong is said before anything is claimed: no recovery is left open behind it."""
    home = tried(name).home
    if name != "no ledger":
        assert replace(site, home=home).recoveries() == 0


def test_bad_input_calls_nobody(tried: Callable[[str], Tried], site: Site) -> None:
    """After all of it nobody was called, and the job is as it was."""
    for name in CASES:
        tried(name)
    assert site.dialled() == {}
    (job,) = site.history["jobs"]
    assert job["status"] == "in_progress"
