"""The keys that only this installation holds: for the audit chain and for phone tokens."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkstemp

from deployments.settings import Settings, SettingsError
from models.audit import AuditKey

FILE = "audit.keys"
ENV = "env"
"""The id of a key that RINGBACK_AUDIT_KEY gives."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys by id; the newest signs, the older ones still verify."""

    by_id: dict[str, bytes] = field(repr=False)
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
    """Read the keys, making the first one where there is none; two processes at once make one."""
    if settings.audit_key:
        return _checked({ENV: settings.audit_key.get_secret_value().encode()}, "RINGBACK_AUDIT_KEY")
    path = settings.folder / FILE
    if not path.exists():
        _make(path)
    return _checked(_read(path), str(path))


def rotate(settings: Settings) -> str:
    """Add a new signing key and return its id; the old ones are kept for verifying."""
    if settings.audit_key:
        raise SettingsError("The audit key comes from RINGBACK_AUDIT_KEY; change it there.")
    path = settings.folder / FILE
    held = load_keys(settings).by_id
    name = f"k{1 + max((int(old[1:]) for old in held if old[1:].isdecimal()), default=0)}"
    fresh = _written(path, [*(f"{old} {secret.hex()}" for old, secret in held.items()), _line(name)])
    fresh.replace(path)
    return name


def _make(path: Path) -> None:
    fresh = _written(path, [_line("k1")])
    # A link is made whole or not at all, and never over a file that another process has just made.
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def _line(name: str) -> str:
    return f"{name} {secrets.token_hex(32)}"


def _written(path: Path, lines: list[str]) -> Path:
    try:
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # readable by its owner only
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SettingsError(f"The key file {path} cannot be written: {error.strerror}.") from None
    return Path(name)


def _read(path: Path) -> dict[str, bytes]:
    try:
        pairs = [line.split() for line in path.read_text().splitlines() if line.strip()]
        found = {name: bytes.fromhex(secret) for name, secret in pairs}
    except (OSError, ValueError):
        raise SettingsError(f"The key file {path} cannot be read; restore it from a backup.") from None
    if not found:
        raise SettingsError(f"The key file {path} is empty; restore it from a backup.")
    if len(found) < len(pairs):
        raise SettingsError(f"The key file {path} names a key twice; restore it from a backup.")
    return found


def _checked(found: dict[str, bytes], where: str) -> Keys:
    for name, secret in found.items():
        try:
            AuditKey(name, secret)
        except ValueError as error:
            raise SettingsError(f"{where}: {error}") from None
    return Keys(found, list(found)[-1])
