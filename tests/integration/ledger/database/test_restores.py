"""A ledger that went back to an earlier copy knows so, and nothing decided before counts any more."""

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from models.enums import State
from models.hooks.tokens import Scope
from models.tables.ledger import Lease
from tasks.clock import VirtualClock
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.audit import examine
from tasks.ledger.database import restores
from tasks.ledger.errors import LeaseLostError, LedgerError, NothingToDecideError
from tasks.ledger.inbox import tokens
from tasks.ledger.leases import release, renew
from tasks.ledger.people import opt_outs
from tasks.ledger.store import Claim, Ledger
from tasks.marks import listen
from tasks.runtime.database import open_home, open_ledger
from tasks.runtime.settings.settings import Settings, SettingsError
from tests.integration.copies import Copy
from tests.integration.postgres import Postgres
from tests.integration.scenes import KEY, KEYS, claimed, end, frozen, intended, phone
from tests.plain_settings import plain_settings

COPY = "2026-11-25 10:00 UTC"


def put_back(ledger: Ledger) -> list[str]:
    """Tell the ledger that it is a copy."""
    with ledger.write() as session:
        return restores.note_restore(session, ledger, made_at=COPY, how="a backup")


def approved(ledger: Ledger) -> str:
    """Return the hash of a plan that a person has approved."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="looks right")
    return plan.hash


def test_a_ledger_that_was_never_put_back_says_so(ledger: Ledger) -> None:
    """Nothing is to be confirmed, and the list of opt-outs is whole."""
    assert restores.restored_at(ledger) is None
    assert restores.unconfirmed(ledger, "shop") is None
    assert restores.opt_outs_known(ledger, "shop")


def test_a_ledger_that_was_put_back_knows_when(ledger: Ledger, clock: VirtualClock) -> None:
    """The last restore counts, and the chain that says so verifies."""
    put_back(ledger)
    clock.sleep(60)
    put_back(ledger)
    assert restores.restored_at(ledger) == clock.now()
    assert examine(ledger, restores.CHAIN, KEYS).ok


def test_an_approval_of_before_counts_no_more(ledger: Ledger) -> None:
    """An approved recovery waits for a person again, and its chain says why."""
    approved(ledger)
    assert put_back(ledger) == ["r_1"]
    stored = recoveries.get(ledger, "r_1")
    assert (stored.state, stored.approved_hash) == ("awaiting_approval", None)
    assert "ringback resume r_1" in stored.next_action
    assert restores.asks_anew(ledger, "r_1")
    assert examine(ledger, "r_1", KEYS).ok


def test_a_plan_of_before_cannot_be_approved(ledger: Ledger) -> None:
    """What nobody has begun is looked at anew before anybody decides; the fresh plan can be approved."""
    approved(ledger)
    put_back(ledger)
    with pytest.raises(NothingToDecideError, match="looks again and makes a fresh one"):
        recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="again")
    frozen(ledger, claimed(ledger))
    recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="looked again")
    assert not restores.asks_anew(ledger, "r_1")


def test_a_plan_of_before_can_be_declined(ledger: Ledger) -> None:
    """To call nobody takes no fresh look."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.update(ledger, claim, "waiting", {}, state=State.AWAITING_APPROVAL.value)
    put_back(ledger)
    assert recoveries.decide(ledger, "r_1", approved=False, by="Ana", reason="no").state == "held"


def test_a_begun_plan_is_approved_as_it_stands(ledger: Ledger) -> None:
    """A plan with waves cannot be made anew: a person decides about it, and it is shown as it was frozen."""
    plan_hash = approved(ledger)
    intended(ledger, claimed_again(ledger))
    put_back(ledger)
    stored = recoveries.get(ledger, "r_1")
    shown = plans.stored(ledger, stored)
    assert (stored.state, shown.hash, len(shown.order)) == ("awaiting_approval", plan_hash, 6)
    assert shown.counts["redial"] == 6
    assert recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="checked").state == "running"


def claimed_again(ledger: Ledger) -> Claim:
    """Claim the job for the process that holds it already, as the next run of it does."""
    with ledger.write() as session:
        for lease in session.exec(select(Lease)):
            lease.expires_at = ledger.clock.now() - timedelta(seconds=1)
            session.add(lease)
    return claimed(ledger)


@pytest.mark.parametrize("state", [s for s in State if s.is_end and s is not State.HELD])
def test_what_has_ended_stays_as_it_ended(ledger: Ledger, state: State) -> None:
    """An ended recovery is not opened by a restore."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    end(ledger, claim, state)
    assert put_back(ledger) == []
    assert recoveries.get(ledger, "r_1").state == state.value


def test_a_held_recovery_that_can_go_on_is_asked_about_first(ledger: Ledger) -> None:
    """Resumable means open: its approval is void too."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="fine")
    end(ledger, claim, State.HELD, resumable=True)
    assert put_back(ledger) == ["r_1"]
    assert recoveries.get(ledger, "r_1").approved_hash is None


def test_a_process_from_before_can_do_nothing_any_more(ledger: Ledger) -> None:
    """Whoever held the job, also with a token that the copy had yet to give, is fenced off."""
    claim = claimed(ledger)
    put_back(ledger)
    ahead = type(claim)(claim.workspace, claim.platform, claim.job_id, claim.recovery_id, claim.token + 1)
    new = claimed(ledger)
    for old in (claim, ahead):
        with pytest.raises(LeaseLostError):
            renew(ledger, old, 60)
    renew(ledger, new, 60)


def test_tokens_are_out_of_use_until_they_are_confirmed(ledger: Ledger) -> None:
    """None of the copy's tokens works; one that is confirmed does, one that is revoked never again."""
    made = {name: tokens.add(ledger, name, [Scope.READ]) for name in ("kept", "lost", "gone", "late")}
    tokens.revoke(ledger, "gone")
    put_back(ledger)
    assert not any(tokens.caller(ledger, one.text) for one in made.values())
    tokens.revoke(ledger, "lost")
    waiting = restores.unconfirmed(ledger, "shop")
    assert waiting is not None
    assert waiting.tokens == ("kept", "late")
    for name in ("gone", "lost", "unheard of"):
        with pytest.raises(LedgerError, match="waits to be confirmed"):
            restores.confirm_tokens(ledger, [name], "Ana")
    assert restores.confirm_tokens(ledger, ["kept"], "Ana") == ["kept"]
    assert tokens.caller(ledger, made["kept"].text) is not None
    assert tokens.caller(ledger, made["late"].text) is None
    put_back(ledger)  # a second restore forgets none that still waits
    assert restores.confirm_tokens(ledger, None, "Ana") == ["kept", "late"]
    assert tokens.caller(ledger, made["lost"].text) is None


def test_a_token_made_since_needs_no_confirmation(ledger: Ledger) -> None:
    """Only what the copy brought back is doubtful."""
    put_back(ledger)
    assert tokens.caller(ledger, tokens.add(ledger, "new", [Scope.READ]).text) is not None


def test_opt_outs_are_confirmed_for_each_workspace(ledger: Ledger) -> None:
    """One workspace's word does not speak for another's, and a further restore asks again."""
    opt_outs.add(ledger, "shop", [phone(1)], "asked")
    put_back(ledger)
    restores.confirm_opt_outs(ledger, "shop", "Ana")
    assert restores.opt_outs_known(ledger, "shop")
    assert not restores.opt_outs_known(ledger, "other")
    assert restores.unconfirmed(ledger, "shop") is None
    put_back(ledger)
    assert not restores.opt_outs_known(ledger, "shop")


class Copied:
    """A home whose ledger can go back."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home

    def open(self) -> Ledger:
        """Open the ledger as a new process does."""
        return open_ledger(self.url, KEY, clock=VirtualClock(), home=self.home)


@pytest.fixture
def copied(url: str, tmp_path: Path) -> Copied:
    """Return a ledger that can go back, with a home beside it."""
    home = tmp_path / "home"
    home.mkdir()
    return Copied(url, home)


def test_an_older_copy_in_the_ledgers_place_is_recognised(copied: Copied) -> None:
    """A copy from before a claim counts as restored when it is opened next, once, and says so."""
    ledger = copied.open()
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="fine")
    copy = Copy(ledger)
    waves.sending(ledger, claim, intended(ledger, claim))
    copy.put_back(ledger)
    with listen() as heard:
        again = copied.open()
        assert recoveries.get(again, "r_1").state == "awaiting_approval"
        copied.open()
    assert heard["tide.older_copy"] == 1
    assert restores.restored_at(again) is not None


def test_a_copy_from_between_the_intent_and_the_send_is_recognised(copied: Copied) -> None:
    """The last audit entry is in the copy, the send is not: it would be sent a second time."""
    ledger = copied.open()
    claim = claimed(ledger)
    frozen(ledger, claim)
    wave = intended(ledger, claim)
    copy = Copy(ledger)
    waves.sending(ledger, claim, wave)
    copy.put_back(ledger)
    assert restores.restored_at(copied.open()) is not None


def test_a_copy_from_before_all_is_recognised(copied: Copied) -> None:
    """Rows that are all gone are gone back too."""
    ledger = copied.open()
    copy = Copy(ledger)
    claimed(ledger)
    copy.put_back(ledger)
    assert restores.restored_at(copied.open()) is not None


def test_a_ledger_that_only_went_on_is_no_copy(copied: Copied) -> None:
    """Claims, waves and opt-outs of any number of processes let nobody think of a restore."""
    for _ in range(3):
        ledger = copied.open()
        claim = claimed(ledger)
        if not plans.contacts(ledger, "r_1"):
            frozen(ledger, claim)
        wave = waves.sending(ledger, claim, intended(ledger, claim, 1))
        assert wave.sends == 1
        opt_outs.add(ledger, "shop", [phone(1)], "asked")
        release(ledger, claim)
    assert restores.restored_at(copied.open()) is None


def test_a_mark_that_is_spoilt_or_cannot_be_written_stops_nobody(copied: Copied) -> None:
    """Without a mark a ledger works as before; it only recognises less."""
    ledger = copied.open()
    assert ledger.mark is not None
    ledger.mark.path.write_text('{"reached": 7')
    claimed(ledger)
    ledger.mark.path.unlink()
    ledger.mark.path.mkdir()  # as on a medium where nothing can be put in its place
    release(ledger, claimed(copied.open(), "r_2", ("shop", "fake", "job-2")))
    assert restores.restored_at(copied.open()) is None


def home_of(folder: Path) -> Settings:
    """Return settings whose ledger and keys lie in a folder."""
    return plain_settings(home=folder, audit_key=None, database_url=None)


def used(folder: Path) -> Settings:
    """Return the settings of a home that was used and closed."""
    settings = home_of(folder)
    _, ledger = open_home(settings)
    claimed(ledger)
    ledger.engine.dispose()
    return settings


@pytest.mark.parametrize("how", ["missing", "empty", "cut short", "index without log", "no keys"])
def test_what_is_missing_from_a_used_home_is_named(tmp_path: Path, how: str) -> None:
    """Nothing is ever made in its place."""
    settings = used(tmp_path)
    ledger, keys = tmp_path / "ledger.db", tmp_path / "audit.keys"
    words = {"missing": r"\.db is missing", "empty": r"\.db is empty", "cut short": "is cut short"}
    if how == "missing":
        ledger.unlink()
    elif how == "empty":
        ledger.write_bytes(b"")
    elif how == "cut short":
        ledger.write_bytes(ledger.read_bytes()[:8192])
    elif how == "index without log":
        Path(f"{ledger}-shm").write_bytes(b"\0" * 32768)
    else:
        keys.unlink()
    before = sorted(path.name for path in tmp_path.iterdir())
    said = words.get(how, r"ledger\.db-wal is missing" if "log" in how else r"audit\.keys is missing.*k1")
    with pytest.raises(SettingsError, match=said):
        open_home(settings)
    kept = sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm")))
    assert kept == [name for name in before if not name.endswith("-shm")]


@pytest.mark.parametrize("left", ["audit.keys", "packages/r_1.zip", "ledger.db-wal", "ledger.db.mark"])
def test_every_trace_of_a_ledger_is_one(tmp_path: Path, left: str) -> None:
    """Keys, packages, a log or a mark alone show that a ledger was there."""
    (tmp_path / left).parent.mkdir(exist_ok=True)
    (tmp_path / left).write_text("something")
    with pytest.raises(SettingsError, match=r"is missing, and .* shows that it was used before"):
        open_home(home_of(tmp_path))
    assert not (tmp_path / "ledger.db").exists()


def test_a_log_that_was_left_out_of_a_copy_is_noticed(tmp_path: Path) -> None:
    """`cp ledger.db` of a ledger in use, put back without its log: an earlier ledger, and it is told."""
    settings = home_of(tmp_path)
    _, ledger = open_home(settings)
    file = tmp_path / "ledger.db"
    kept = tmp_path / "kept.db"
    ledger.engine.dispose()
    _, ledger = open_home(settings)
    shutil.copy(file, kept)
    claimed(ledger)
    ledger.engine.dispose()
    shutil.copy(kept, file)
    _, again = open_home(settings)
    assert restores.restored_at(again) is not None


def test_a_database_that_is_empty_where_it_was_used_is_named(postgres: Postgres, tmp_path: Path) -> None:
    """A server's database that was made anew under the old name is no fresh ledger."""
    name = postgres.fresh()
    open_ledger(postgres.url(name), KEY, home=tmp_path).engine.dispose()
    postgres.drop(name)
    postgres._order("postgres", f"create database {name}")
    with pytest.raises(SettingsError, match=r"database is empty, and .* shows that it was used before"):
        open_ledger(postgres.url(name), KEY, home=tmp_path)
    other = postgres.fresh()
    open_ledger(postgres.url(other), KEY, home=tmp_path).engine.dispose()  # another one is another one
    for one in (name, other):
        postgres.drop(one)


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file with another program's tables, or another program's migrations, gets none of ours."""
    for number, statement in enumerate(
        ["create table songs (id int)", "create table alembic_version (version_num text)"]
    ):
        file = tmp_path / f"{number}.db"
        with sqlite3.connect(file) as connection:
            connection.execute(statement)
            if number:
                connection.execute("insert into alembic_version values ('3d2a8a')")
        connection.close()
        with pytest.raises(SettingsError, match="another program"):
            open_ledger(f"sqlite:///{file}", KEY)
        with sqlite3.connect(file) as connection:
            assert connection.execute("select count(*) from sqlite_master").fetchone() == (1,)
        connection.close()
