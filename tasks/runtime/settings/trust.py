"""Whose files are read, and where they may send a key: a folder that is not ours decides nothing for us."""

import os
import stat
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx

from tasks.runtime.settings.errors import SettingsError
from tasks.runtime.settings.secret_text import PREFIX

ROOT = 0
_OTHERS = 0o077
_LOCAL = frozenset({"localhost", "ip6-localhost"})


def own_folder(path: Path) -> None:
    """Make sure that nobody else reads or changes the home folder: loose modes are taken away, or refused.

    Raises SettingsError for a folder that others share, and for one that is another user's and open to all.
    """
    found = path.stat()
    if not found.st_mode & _OTHERS or not hasattr(os, "getuid"):
        return
    if found.st_mode & stat.S_ISVTX:
        raise SettingsError(
            f"RINGBACK_HOME {path} is a folder that everybody shares. Keys and numbers lie in a home: name "
            "one of your own."
        )
    if found.st_uid == os.getuid():
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
    elif found.st_mode & stat.S_IRWXO:
        raise SettingsError(
            f"RINGBACK_HOME {path} is another user's and open to everybody. Keys and numbers lie there: let "
            "its owner run `chmod o-rwx` on it, or name a folder of your own."
        )


def check_file(path: Path) -> None:
    """Raise SettingsError where a settings file may have been written by somebody else than us or root."""
    try:
        file, folder = path.stat(), path.absolute().parent.stat()
    except FileNotFoundError:
        return
    if not hasattr(os, "getuid"):
        return
    ours = {os.getuid(), ROOT}
    is_open = folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX
    if file.st_uid not in ours or file.st_mode & stat.S_IWOTH:
        what = f"{path.name} here is another user's, or everybody may write into it"
    elif is_open or (folder.st_uid not in ours):
        what = f"{path.name} lies in a folder that is another user's, or that everybody may write into"
    else:
        return
    raise SettingsError(
        f"{what}, so it is not read: it could say where keys are sent and whom to trust. Go to a folder of "
        "your own, or make the file and its folder yours and `chmod o-w` both."
    )


def check_address(
    files: Iterable[tuple[str, Mapping[str, Any]]], others: Iterable[Mapping[str, Any]]
) -> None:
    """Raise SettingsError where a file names a plain http:// address for a key that it does not hold itself.

    `files` are the settings files by name in the order in which they win, `others` what wins over them.
    """
    above = list(others)
    for name, found in files:
        said = any("platform_url" in one for one in above)
        if not said and found.get("platform_url") is not None:
            held = not any("platform_key" in one for one in above) and _is_whole(found.get("platform_key"))
            _refuse_plain(name, "platform_url", found["platform_url"], is_held=held)
        _check_tables(name, found, "workspaces", ("platform_url", "platform_key"))
        _check_tables(name, found, "tickets", ("url", "token"))
        above.append(found)


def _check_tables(name: str, found: Mapping[str, Any], table: str, keys: tuple[str, str]) -> None:
    tables = found.get(table)
    for one, values in tables.items() if isinstance(tables, dict) else ():
        if isinstance(values, dict) and values.get(keys[0]):
            place = f"{table}.{one}.{keys[0]}"
            _refuse_plain(name, place, values[keys[0]], is_held=_is_whole(values.get(keys[1])))


def _is_whole(key: Any) -> bool:
    """Tell whether a key stands in the file itself, not as the name of a variable."""
    return isinstance(key, str) and bool(key) and not key.startswith(PREFIX)


def _refuse_plain(name: str, place: str, url: Any, *, is_held: bool) -> None:
    if is_held or not is_plain(str(url)):
        return
    raise SettingsError(
        f"{name}: {place} begins with http:// and leads to another machine, and the key for it comes from "
        "elsewhere: whoever wrote the file would have the key sent in clear text. Use https://, or put the "
        "key beside the address."
    )


def is_plain(url: str) -> bool:
    """Tell whether what is sent to an address leaves this machine unencrypted."""
    try:
        address = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        return False  # it cannot be sent to at all, which is said elsewhere
    if address.scheme != "http":
        return False
    try:
        return not ip_address(address.host.strip("[]")).is_loopback
    except ValueError:
        return address.host not in _LOCAL
