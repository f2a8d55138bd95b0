"""The keys that only this installation holds: for the audit chain and for phone tokens."""

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.audit.chain import AuditKey
from tasks.runtime.home import KEY_FILE as FILE
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.whole_file import write_new, write_whole

ENV = "env"
"""How the id of a key begins that RINGBACK_AUDIT_KEY gives; older ledgers know it by this alone."""


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


def load_keys(settings: Settings, used: Callable[[], Collection[str]] = tuple) -> Keys:
    """Read the keys, making the first one where there is none; two processes at once make one.

    `used` tells which keys have signed so far: where one has, a missing file is an error and not a new key.
    """
    if settings.audit_key:
        secret = settings.audit_key.get_secret_value().encode()
        return _checked({ENV: secret, _id_of(secret): secret}, "RINGBACK_AUDIT_KEY")
    path = settings.folder / FILE
    if not path.exists():
        if signed := used():
            raise SettingsError(_missing(path, signed))
        _make(path)
    return _checked(_read(path), str(path))


def _id_of(secret: bytes) -> str:
    # A key that is changed there gets another id: what the old one signed is not held against the new one.
    return f"{ENV}-{hashlib.sha256(b'ringback key id' + secret).hexdigest()[:6]}"


def _missing(path: Path, signed: Collection[str]) -> str:
    if all(one.partition("-")[0] == ENV for one in signed):
        return (
            "RINGBACK_AUDIT_KEY is not set, and the ledger's audit was signed with it. Set it again; a new "
            "key was not made in its place."
        )
    return (
        f"The key file {path} is missing, and the audit was signed with {', '.join(sorted(signed))}. Put it "
        "back (`ringback restore BACKUP --over` does); a new key was not made in its place. Where it is lost "
        "for good, set RINGBACK_AUDIT_KEY: the new key has an id of its own, and what the lost one signed "
        "can no longer be verified."
    )


def rotate(settings: Settings, used: Collection[str] = ()) -> str:
    """Add a new signing key and return its id, which none of the `used` has; old ones are kept to verify."""
    if settings.audit_key:
        raise SettingsError("The audit key comes from RINGBACK_AUDIT_KEY; change it there.")
    path = settings.folder / FILE
    held = load_keys(settings).by_id
    numbers = (int(old[1:]) for old in (*held, *used) if old[1:].isdecimal())
    name = f"k{1 + max(numbers, default=0)}"
    lines = [*(f"{old} {secret.hex()}" for old, secret in held.items()), _line(name)]
    with _writing(path):
        write_whole(path, _content(lines))
    return name


def _make(path: Path) -> None:
    with _writing(path):
        write_new(path, _content([_line("k1")]))


def _line(name: str) -> str:
    return f"{name} {secrets.token_hex(32)}"


def _content(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(f"The key file {path} cannot be written: {error.strerror}.") from None


def _read(path: Path) -> dict[str, bytes]:
    try:
        return _parsed(path.read_text(), path)
    except (OSError, ValueError):
        raise SettingsError(f"The key file {path} cannot be read; restore it from a backup.") from None


def read_keys(content: bytes, path: Path) -> Keys:
    """Read the content of a key file; raises SettingsError naming the path."""
    try:
        return _checked(_parsed(content.decode(), path), str(path))
    except ValueError:
        raise SettingsError(f"The key file {path} cannot be read; take another backup.") from None


def put_keys(content: bytes, path: Path) -> None:
    """Put a key file in place, whole or not at all, for its owner only."""
    with _writing(path):
        write_whole(path, _content(content.decode().splitlines()))


def _parsed(text: str, path: Path) -> dict[str, bytes]:
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    found = {name: bytes.fromhex(secret) for name, secret in pairs}
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
