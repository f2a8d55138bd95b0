"""A backup: the whole ledger as of one moment and the keys it was signed with, in one file.

A ZIP with a JSON line for every row, table by table, the key file, and last the manifest with the hash of
each part. It is the same for SQLite and Postgres, and one can be restored into the other.
"""

import hashlib
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, inspect, select

from models.tables.sweeps import CallOwner, JobPeople
from tasks.context import Reporter
from tasks.ledger.errors import Complaint, ledger_error
from tasks.runtime.database import open_home, stored_version
from tasks.runtime.home import KEY_FILE
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.whole_file import beside, put

FORMAT = 1
MANIFEST, KEYS, ROWS = "manifest.json", f"keys/{KEY_FILE}", "tables/{}.jsonl"
MADE_BY = "ringback backup"
CHUNK = 1000
QUIET_SECONDS = 2.0
"""How long a backup takes without showing how far it is."""


@dataclass
class Slow:
    """Progress that is shown once the work takes longer than a moment."""

    reporter: Reporter
    what: str
    total: int
    done: int = 0
    begun: float = 0.0

    def step(self, rows: int) -> None:
        """Count rows that are done."""
        self.begun = self.begun or time.monotonic()
        self.done += rows
        if time.monotonic() - self.begun > QUIET_SECONDS:
            self.reporter.progress(self.what, self.done, self.total)


def back_up(settings: Settings, file: Path, reporter: Reporter, *, force: bool = False) -> dict[str, Any]:
    """Write a backup of the home's ledger and keys, and return its manifest with the file's name and size.

    Raises SettingsError where the file is there already and `force` does not say to overwrite it.
    """
    file = file.expanduser().absolute()
    _may_write(file, force=force)
    _, ledger = open_home(settings)
    try:
        with (
            whole_file(file, force=force) as fresh,
            zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as pack,
        ):
            manifest = _filled(pack, settings, ledger.engine, reporter)
            pack.writestr(MANIFEST, json.dumps(manifest, indent=2))
    except Complaint as error:
        raise ledger_error(error) from None
    finally:
        ledger.engine.dispose()
    return manifest | {"file": str(file), "size": file.stat().st_size}


def _may_write(file: Path, *, force: bool) -> None:
    if file.is_dir() or not file.parent.is_dir():
        raise SettingsError(f"The backup cannot be written to {file}. Name a file in a folder that is there.")
    if file.exists() and not force:
        raise SettingsError(f"{file} is there already. Name another file, or overwrite it with --force.")


@contextmanager
def whole_file(file: Path, *, force: bool) -> Iterator[Path]:
    """Give a file beside the one that is meant; it takes that place once it is whole."""
    try:
        fresh = beside(file)
    except OSError as error:
        raise SettingsError(f"The backup cannot be written to {file}: {error.strerror}.") from None
    try:
        yield fresh
        _may_write(file, force=force)
        put(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)


REBUILT = frozenset({JobPeople.__tablename__, CallOwner.__tablename__})
"""Tables that a sweep fills anew: in a restored ledger they would tell of another time."""


def _filled(pack: zipfile.ZipFile, settings: Settings, engine: Any, reporter: Reporter) -> dict[str, Any]:
    made_at = datetime.now(UTC)
    counts: dict[str, int] = {}
    parts: dict[str, str] = {}
    snapshot = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**snapshot) as connection, connection.begin():
        # From the first read on, one moment is seen, whoever writes meanwhile.
        tables = [table for table in ledger_tables(connection) if table.name not in REBUILT]
        total = sum(connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables)
        slow = Slow(reporter, "backing up", total)
        for table in tables:
            name = ROWS.format(table.name)
            counts[table.name], parts[name] = _write_rows(pack, name, connection, table, slow)
        schema = stored_version(connection)
    key_file = settings.folder / KEY_FILE
    if not settings.audit_key and key_file.is_file():
        content = key_file.read_bytes()
        pack.writestr(KEYS, content)
        parts[KEYS] = hashlib.sha256(content).hexdigest()
    return {
        "made_by": MADE_BY,
        "format": FORMAT,
        "schema": schema,
        "version": version("ringback"),
        "made_at": made_at.isoformat(timespec="seconds"),
        "database": engine.dialect.name,
        "keys": "file" if KEYS in parts else "environment",
        "counts": counts,
        "sha256": parts,
    }


def ledger_tables(connection: Connection) -> list[Table]:
    """Return the ledger's tables as the database has them, in an order in which rows can be put in."""
    from sqlmodel import SQLModel

    there = set(inspect(connection).get_table_names()) & set(SQLModel.metadata.tables)
    found = MetaData()
    found.reflect(connection, only=sorted(there))
    return [table for table in found.sorted_tables if table.name in there]


def _write_rows(
    pack: zipfile.ZipFile, name: str, connection: Connection, table: Table, slow: Slow
) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    rows = connection.execution_options(yield_per=CHUNK).execute(select(table)).mappings()
    with pack.open(name, "w", force_zip64=True) as part:
        for some in rows.partitions(CHUNK):
            lines = b"".join(json.dumps(dict(row), default=_plain).encode() + b"\n" for row in some)
            part.write(lines)
            digest.update(lines)
            count += len(some)
            slow.step(len(some))
    return count, digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return aware.astimezone(UTC).isoformat()
    raise TypeError(type(value).__name__)


@dataclass(frozen=True)
class Backup:
    """A backup that was opened, whole by its own word."""

    pack: zipfile.ZipFile
    manifest: dict[str, Any]

    @property
    def keys(self) -> bytes | None:
        """Return the key file, None where the keys came from the environment."""
        return self.pack.read(KEYS) if KEYS in self.manifest["sha256"] else None

    @property
    def made_at(self) -> str:
        """Return in words when it was made."""
        return f"{datetime.fromisoformat(self.manifest['made_at']):%Y-%m-%d %H:%M} UTC"

    def rows(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """Stream the rows of a table, some at a time."""
        some: list[dict[str, Any]] = []
        with self.pack.open(ROWS.format(table)) as part:
            for line in part:
                some.append(json.loads(line))
                if len(some) >= CHUNK:
                    yield some
                    some = []
        if some:
            yield some


@contextmanager
def opened(file: Path, known: frozenset[str]) -> Iterator[Backup]:
    """Open a backup and check every part of it first; raises SettingsError with what is wrong."""
    try:
        with zipfile.ZipFile(file.expanduser()) as pack:
            backup = Backup(pack, _manifest(pack, file, known))
            _check_parts(backup, file)
            yield backup
    except OSError as error:
        raise SettingsError(f"The backup {file} cannot be read: {error.strerror or 'damaged'}.") from None
    except (zipfile.BadZipFile, EOFError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise SettingsError(
            f"{file} is cut short, damaged, or no backup of ringback. Nothing was changed; take another one."
        ) from None


def _manifest(pack: zipfile.ZipFile, file: Path, known: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with suppress(KeyError, ValueError):
        found = json.loads(pack.read(MANIFEST))
    if not isinstance(found, dict) or found.get("made_by") != MADE_BY:
        raise SettingsError(f"{file} is no backup of ringback: `ringback backup FILE` makes one.")
    if found.get("format") != FORMAT or found.get("schema") not in known:
        raise SettingsError(
            f"The backup {file} was made by a newer ringback ({found.get('version')}, schema "
            f"{found.get('schema')}). Update ringback, then restore."
        )
    return found


def _check_parts(backup: Backup, file: Path) -> None:
    for name, expected in backup.manifest["sha256"].items():
        digest = hashlib.sha256()
        try:
            with backup.pack.open(name) as part:
                while some := part.read(1 << 20):
                    digest.update(some)
        except KeyError:
            digest.update(b"missing")
        if digest.hexdigest() != expected:
            raise SettingsError(
                f"The backup {file} is damaged: its part {name} is not what it was. Nothing was changed; "
                "take another one."
            )
