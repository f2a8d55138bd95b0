"""The home folder: what shows that it was used before, and what must then not be missing from it."""

import hashlib
import time
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from tasks.ledger.database.engine import file_of
from tasks.ledger.database.mark import LedgerMark
from tasks.runtime.settings.settings import Settings, SettingsError

KEY_FILE = "audit.keys"
PACKAGES = "packages"
LOOKS, LOOK_SECONDS = 3, 0.02
"""How often a missing write-ahead log is looked for: a process that is just closing takes it away last."""
PAGE_SIZES = frozenset(2**power for power in range(9, 17))
_HEADER = 100
"""Bytes of a SQLite file's header."""


def mark_of(url: str, home: Path | None) -> LedgerMark | None:
    """Return the mark of a ledger: beside its file, or in the home folder for a database elsewhere."""
    address = make_url(url)
    file = file_of(address)
    if file:
        return LedgerMark(file.with_name(f"{file.name}.mark"))
    if address.get_backend_name() == "sqlite" or home is None:
        return None
    return LedgerMark(home / f"ledger-{_place(address)}.mark")


def _place(address: URL) -> str:
    # Who asks and with which password changes; where the database is does not.
    where = (address.host, address.port, address.database, address.query.get("host"))
    return hashlib.sha256(repr(where).encode()).hexdigest()[:8]


def check_home(settings: Settings) -> None:
    """Raise SettingsError where a home that was used before lacks its ledger."""
    file = file_of(make_url(settings.ledger_url))
    if file is None:
        return
    # First the traces: a process that starts beside us makes the ledger before it leaves any of them.
    traces = _traces(settings, file)
    if traces and not _has_content(file):
        elsewhere = any(settings.folder.glob("ledger-*.mark")) and not settings.database_url
        hint = " Or is RINGBACK_DATABASE_URL missing? This home has used a database." if elsewhere else ""
        raise SettingsError(
            f"The ledger {file} is {'empty' if file.exists() else 'missing'}, and {traces[0]} shows that it "
            "was used before. Nothing was made in its place, for an empty ledger does not know who was "
            f"called. Put it back with its -wal file, or `ringback restore BACKUP --over`.{hint} To begin "
            f"anew, move {settings.folder} away."
        )


def _traces(settings: Settings, file: Path) -> list[str]:
    beside = [file.with_name(f"{file.name}{end}") for end in ("-wal", ".mark")]
    own = file.parent == settings.folder and file.name == "ledger.db"
    used = [settings.folder / KEY_FILE, *(settings.folder / PACKAGES).glob("*.zip")] if own else []
    return [str(path) for path in (*beside, *used) if path.exists() and path.stat().st_size]


def _has_content(file: Path) -> bool:
    return file.exists() and (not file.is_file() or file.stat().st_size > 0)


def check_file(url: str) -> None:
    """Raise SettingsError where a SQLite ledger lacks a part of itself: its write-ahead log, or its end."""
    file = file_of(make_url(url))
    if file is None or not file.is_file():
        return
    if _lost_its_log(file):
        raise SettingsError(
            f"{file}-wal is missing while {file}-shm is there: the ledger's last entries stood in it, and "
            "without them people may be called twice. Put it back, or `ringback restore BACKUP --over`."
        )
    whole, there = _whole_size(file), file.stat().st_size
    if there < whole and not Path(f"{file}-wal").exists():
        raise SettingsError(
            f"The ledger {file} is cut short: {there} of {whole} bytes are there. Restore it from a backup: "
            "`ringback restore BACKUP --over`."
        )


def _lost_its_log(file: Path) -> bool:
    # SQLite makes the log before the index and removes it after it: the index alone was never its doing.
    log, index = Path(f"{file}-wal"), Path(f"{file}-shm")
    for _ in range(LOOKS):
        if log.exists() or not index.exists() or log.exists():
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _whole_size(file: Path) -> int:
    """Return the bytes that a SQLite file's header promises, 0 where it promises none for sure."""
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEADER)
    except OSError:
        return 0
    if len(head) < _HEADER or not head.startswith(b"SQLite format 3\0") or head[24:28] != head[92:96]:
        return 0
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    return size * int.from_bytes(head[28:32], "big") if size in PAGE_SIZES else 0
