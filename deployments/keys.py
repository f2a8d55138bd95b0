"""The keys that only this installation holds: for the audit chain and for phone tokens."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from deployments.settings import Settings, SettingsError
from models.audit import AuditKey

FILE = "audit.keys"


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys by id; the newest signs, the older ones still verify."""

    by_id: dict[str, bytes]
    newest: str

    @property
    def signing(self) -> AuditKey:
        """Return the key that new entries are signed with."""
        return AuditKey(self.newest, self.by_id[self.newest])

    @property
    def phones(self) -> bytes:
        """Return the key of phone tokens: the first one, so that tokens stay the same after a rotation."""
        return next(iter(self.by_id.values()))


def load_keys(settings: Settings) -> Keys:
    """Read the keys, making the first one where there is none."""
    if settings.audit_key:
        return Keys({"env": settings.audit_key.get_secret_value().encode()}, "env")
    path = settings.folder / FILE
    if not path.exists():
        _append(path, "k1")
    return _read(path)


def rotate(settings: Settings) -> str:
    """Add a new signing key and return its id; the old ones are kept for verifying."""
    path = settings.folder / FILE
    name = f"k{len(load_keys(settings).by_id) + 1}"
    _append(path, name)
    return name


def _append(path: Path, name: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{name} {secrets.token_hex(32)}\n")
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Keys:
    try:
        pairs = [line.split() for line in path.read_text().splitlines() if line.strip()]
        found = {name: bytes.fromhex(secret) for name, secret in pairs}
    except (OSError, ValueError):
        raise SettingsError(f"The key file {path} cannot be read; restore it from a backup.") from None
    if not found:
        raise SettingsError(f"The key file {path} is empty; restore it from a backup.")
    return Keys(found, list(found)[-1])
