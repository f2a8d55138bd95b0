"""A backup holds the whole ledger as of one moment; restored, it knows what it is, and nothing is lost."""

import fcntl
import json
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary
from sqlmodel import SQLModel, select

from models.enums import State
from models.hooks.tokens import Scope
from models.tables.sweeps import JobPeople
from tasks.context import Silent
from tasks.ledger import recoveries, waves
from tasks.ledger.audit import examine
from tasks.ledger.database import restores
from tasks.ledger.inbox import tokens
from tasks.ledger.leases import release
from tasks.ledger.people import opt_outs
from tasks.ledger.store import Ledger
from tasks.runtime.backup import REBUILT, back_up
from tasks.runtime.database import open_home
from tasks.runtime.keys import Keys
from tasks.runtime.restore import restore
from tasks.runtime.settings.settings import Settings, SettingsError
from tests.integration.postgres import Postgres
from tests.integration.scenes import accepted, claimed, everything, frozen, intended, phone
from tests.plain_settings import plain_settings

ZONELESS = ("+447700900001", "ünïcode \u2028 text")


@dataclass
class Home:
    """A home with a ledger, on either database."""

    settings: Settings

    def open(self) -> tuple[Keys, Ledger]:
        """Open it as a command does."""
        return open_home(self.settings)

    def back_up(self, file: Path, **more: Any) -> dict[str, Any]:
        """Back it up."""
        return back_up(self.settings, file, Silent(), **more)

    def restore(self, file: Path, **more: Any) -> dict[str, Any]:
        """Restore into it."""
        return restore(self.settings, file, Silent(), **more)


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Return a home that nobody has used."""
    yield from _home(request, tmp_path / "home", request.param)


@pytest.fixture(params=["sqlite", "postgres"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Return another home, on each database in turn."""
    yield from _home(request, tmp_path / "other", request.param)


def _home(request: pytest.FixtureRequest, folder: Path, kind: str) -> Iterator[Home]:
    if kind == "sqlite":
        yield Home(plain_settings(home=folder, audit_key=None, database_url=None))
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.fresh()
    url: Any = server.url(name)
    yield Home(plain_settings(home=folder, audit_key=None, database_url=url))
    server.drop(name)


def filled(home: Home) -> Ledger:
    """Return a ledger with a recovery that is half done, an opt-out and a token."""
    _, ledger = home.open()
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    recoveries.decide(ledger, "r_1", approved=True, by="Ana", reason="fine")
    assert plan.hash
    accepted(ledger, claim, 2)
    intended(ledger, claim, 1)
    release(ledger, claim)
    opt_outs.add(ledger, "default", [phone(900)], ZONELESS[1])
    tokens.add(ledger, "desk", [Scope.READ])
    return ledger


def rows(ledger: Ledger, *but: str) -> dict[str, list[Any]]:
    """Return all rows of a ledger by table."""
    names = [table.name for table in SQLModel.metadata.sorted_tables]
    found: dict[str, Any] = dict(zip(names, everything(ledger), strict=True))
    return {name: sorted(map(repr, it)) for name, it in found.items() if name not in but}


def test_what_a_sweep_makes_anew_is_left_out(home: Home, other: Home, tmp_path: Path) -> None:
    """Who was in which job is no fact of the ledger's: a backup is made beside it, and none comes back."""
    ledger = filled(home)
    row = JobPeople(
        workspace="default",
        platform="elevenlabs",
        job_id="btcal_1",
        at=ledger.clock.now(),
        total=1,
        recipe="1",
        people=b"\x00\xff" * 4,
    )
    with ledger.write() as session:
        session.add(row)
    assert "job_people" not in home.back_up(tmp_path / "copy.zip")["counts"]
    other.restore(tmp_path / "copy.zip")
    _, restored = other.open()
    with restored.read() as session:
        assert not session.exec(select(JobPeople)).all()
    recoveries.get(restored, "r_1")


def test_every_other_table_can_be_written_as_json() -> None:
    """A column of bytes would end every backup: a table that has one is made anew, or not merged."""
    kept = (table for table in SQLModel.metadata.sorted_tables if table.name not in REBUILT)
    assert not [column for table in kept for column in table.columns if isinstance(column.type, LargeBinary)]


def test_a_backup_comes_back_whole_on_either_database(home: Home, other: Home, tmp_path: Path) -> None:
    """Every row is there again, types and all; what a restore changes stands in the audit, which verifies."""
    ledger = filled(home)
    before = rows(ledger, "lease", "recovery", "audit", "api_token")
    chain = [row.mac for row in _chain(ledger)]
    ledger.engine.dispose()
    file = tmp_path / "b.zip"
    made = home.back_up(file)
    assert (made["counts"]["planned"], made["counts"]["wave"]) == (8, 2)
    told = other.restore(file)
    assert (told["kept"], told["tokens_to_confirm"], told["opt_outs_to_confirm"]) == ([], ["desk"], True)
    keys, again = other.open()
    assert rows(again, "lease", "recovery", "audit", "api_token") == before
    assert [row.mac for row in _chain(again)][: len(chain)] == chain
    assert examine(again, "r_1", keys.by_id).ok
    assert examine(again, restores.CHAIN, keys.by_id).ok
    assert recoveries.get(again, "r_1").state == "awaiting_approval"
    assert restores.restored_at(again) is not None
    # The ledger works on: numbers of new rows collide with none of those that came back.
    claim = claimed(again)
    recoveries.decide(again, "r_1", approved=True, by="Ana", reason="checked")
    assert waves.sending(again, claim, waves.of(again, "r_1")[1]).sends == 1
    again.engine.dispose()
    assert restores.restored_at(other.open()[1]) == restores.restored_at(again)


def _chain(ledger: Ledger) -> list[Any]:
    from tasks.ledger.audit import entries

    return entries(ledger, "r_1")


def test_a_backup_is_its_owners_and_whole(home: Home, tmp_path: Path) -> None:
    """Nobody else can read it, nothing is left beside it, and none is overwritten unasked."""
    filled(home).engine.dispose()
    file = tmp_path / "out" / "b.zip"
    with pytest.raises(SettingsError, match="a folder that is there"):
        home.back_up(file)
    file.parent.mkdir()
    home.back_up(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["b.zip"]
    first = file.read_bytes()
    with pytest.raises(SettingsError, match="--force"):
        home.back_up(file)
    assert file.read_bytes() == first
    home.back_up(file, force=True)


def test_a_backup_sees_one_moment(home: Home, tmp_path: Path) -> None:
    """It is made while a recovery goes on, with its lease held, and neither waits for the other."""
    _, ledger = home.open()
    claim = claimed(ledger)
    frozen(ledger, claim)
    home.back_up(tmp_path / "b.zip")
    assert waves.sending(ledger, claim, intended(ledger, claim)).sends == 1
    ledger.engine.dispose()


@pytest.mark.parametrize(
    "broken", ["cut", "flipped", "foreign zip", "no zip", "empty", "newer", "newer schema"]
)
def test_a_file_that_is_no_whole_backup_changes_nothing(home: Home, tmp_path: Path, broken: str) -> None:
    """Truncated, damaged, foreign or newer: a sentence, and the home is as it was."""
    filled(home).engine.dispose()
    file = tmp_path / "b.zip"
    home.back_up(file)
    whole = file.read_bytes()
    said = _broken(file, whole, broken)
    before = sorted(path.name for path in home.settings.folder.iterdir())
    with pytest.raises(SettingsError, match=said):
        home.restore(file, over=True)
    assert sorted(path.name for path in home.settings.folder.iterdir()) == before
    assert restores.restored_at(home.open()[1]) is None


def _broken(file: Path, whole: bytes, how: str) -> str:
    if how == "cut":
        file.write_bytes(whole[: len(whole) * 2 // 3])
        return "cut short, damaged"
    if how in {"no zip", "empty"}:
        file.write_bytes(b"hello" if how == "no zip" else b"")
        return "cut short, damaged, or no backup"
    with zipfile.ZipFile(file) as pack:
        parts = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(parts["manifest.json"])
    if how == "flipped":
        parts["tables/suppressed.jsonl"] = b""
    elif how == "foreign zip":
        del parts["manifest.json"]
    elif how == "newer":
        manifest["format"] = 2
    else:
        manifest["schema"] = "9999"
    if how.startswith("newer"):
        parts["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in parts.items():
            pack.writestr(name, content)
    return {"flipped": "is damaged: its part tables/suppressed", "foreign zip": "no backup of ringback"}.get(
        how, "newer ringback"
    )


def test_a_home_that_is_used_is_put_aside_and_not_lost(home: Home, tmp_path: Path) -> None:
    """Without --over nothing happens; with it the old ledger lies beside, whole."""
    filled(home).engine.dispose()
    home.back_up(tmp_path / "b.zip")
    _, ledger = home.open()
    opt_outs.add(ledger, "default", [phone(901)], "asked since")
    ledger.engine.dispose()
    with pytest.raises(SettingsError, match=r"There is a ledger already.*--over"):
        home.restore(tmp_path / "b.zip")
    told = home.restore(tmp_path / "b.zip", over=True)
    assert told["kept"]
    _, again = home.open()
    assert [one.phone for one in opt_outs.listed(again, "default")] == [phone(900)]
    kept = told["kept"][0]
    if kept.startswith("schema "):
        with again.engine.connect() as connection:
            query = f"select count(*) from {kept.removeprefix('schema ')}.suppressed"
            assert connection.exec_driver_sql(query).scalar() == 2
    else:
        with sqlite3.connect(kept) as old:
            assert old.execute("select count(*) from suppressed").fetchone() == (2,)
        old.close()
    again.engine.dispose()


def test_a_home_in_use_is_left_alone(home: Home, tmp_path: Path) -> None:
    """An open connection, a recovery that runs, or `ringback up`: each is named, and nothing is changed."""
    filled(home).engine.dispose()
    home.back_up(tmp_path / "b.zip")
    _, ledger = home.open()
    with ledger.read() as session:
        session.execute(SQLModel.metadata.tables["wave"].select()).all()
        with pytest.raises(SettingsError, match="ledger is in use"):
            home.restore(tmp_path / "b.zip", over=True)
    ledger.engine.dispose()
    lock = home.settings.folder / "prefect" / "up.lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SettingsError, match="`ringback up` runs"):
            home.restore(tmp_path / "b.zip", over=True)
    _, again = home.open()
    assert restores.restored_at(again) is None
    again.engine.dispose()
    home.restore(tmp_path / "b.zip", over=True)


def test_a_recovery_that_runs_is_named(home: Home, tmp_path: Path) -> None:
    """A lease of a living process keeps the ledger where it is."""
    _, ledger = home.open()
    claimed(ledger)
    ledger.engine.dispose()
    home.back_up(tmp_path / "b.zip")
    with pytest.raises(SettingsError, match=r"runs recovery r_1"):
        home.restore(tmp_path / "b.zip", over=True)


def test_a_lost_home_comes_back(home: Home, tmp_path: Path) -> None:
    """Keys and ledger gone: the backup alone brings both, and the audit verifies."""
    filled(home).engine.dispose()
    home.back_up(tmp_path / "b.zip")
    shutil.rmtree(home.settings.folder)
    del home.settings.__dict__["folder"]
    home.restore(tmp_path / "b.zip", over=home.settings.database_url is not None)
    keys, ledger = home.open()
    assert examine(ledger, "r_1", keys.by_id).ok
    assert recoveries.get(ledger, "r_1").state == State.AWAITING_APPROVAL.value
    ledger.engine.dispose()


def test_a_key_of_the_environment_is_in_no_backup(tmp_path: Path) -> None:
    """What was signed with RINGBACK_AUDIT_KEY is restored where it is set, and refused elsewhere."""
    secret: Any = "a key of more than sixteen bytes"
    mine = Home(plain_settings(home=tmp_path / "a", audit_key=secret, database_url=None))
    filled(mine).engine.dispose()
    assert mine.back_up(tmp_path / "b.zip")["keys"] == "environment"
    assert secret.encode() not in (tmp_path / "b.zip").read_bytes()
    without = Home(plain_settings(home=tmp_path / "c", audit_key=None, database_url=None))
    with pytest.raises(SettingsError, match="RINGBACK_AUDIT_KEY"):
        without.restore(tmp_path / "b.zip")
    again = Home(plain_settings(home=tmp_path / "c", audit_key=secret, database_url=None))
    again.restore(tmp_path / "b.zip")
    keys, ledger = again.open()
    assert examine(ledger, "r_1", keys.by_id).ok


def test_a_process_that_only_backs_up_knows_every_table() -> None:
    """A table that nobody has imported would be left out of the copy, and whoever stands in it be lost."""
    from models.tables import __path__ as folder

    words = "import tasks.runtime.backup; from sqlmodel import SQLModel; print(*SQLModel.metadata.tables)"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    names = re.findall(
        r'__tablename__ = "(\w+)"', "".join(file.read_text() for file in Path(folder[0]).glob("*.py"))
    )
    assert sorted(told.stdout.split()) == sorted(names)
