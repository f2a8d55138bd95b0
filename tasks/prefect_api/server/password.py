"""The password of a home's own Prefect server: made once, and readable by its owner only."""

import secrets
from pathlib import Path

from tasks.runtime.settings.errors import SettingsError
from tasks.whole_file import write_new

FILE = "password"
USER = "ringback"
CLIENT, SERVER = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"
"""The variables by which Prefect's clients and its server are told."""
SHORTEST = 16
"""Characters of a password that somebody has put there."""
_OTHERS = 0o077


def password_file(home: Path) -> Path:
    """Return where the password of the server lies that runs in a folder."""
    return home / FILE


def password(home: Path) -> str:
    """Return the whole line, user and password, made where there is none; two processes at once make one.

    Raises SettingsError where the file cannot be read, or holds no password.
    """
    path = password_file(home)
    if not path.exists():
        _make(path)
    try:
        found = path.read_text().strip()
        if path.stat().st_mode & _OTHERS:
            path.chmod(0o600)
    except (OSError, ValueError):
        raise SettingsError(
            f"The password file {path} cannot be read. Delete it: a new one is made."
        ) from None
    if ":" not in found or len(found.partition(":")[2]) < SHORTEST:
        raise SettingsError(
            f"The password file {path} holds no USER:PASSWORD of {SHORTEST} characters. "
            "Delete it: a new one is made."
        )
    return found


def _make(path: Path) -> None:
    try:
        write_new(path, f"{USER}:{secrets.token_urlsafe(24)}\n".encode())
    except OSError as error:
        raise SettingsError(f"The password file {path} cannot be written: {error.strerror}.") from None
