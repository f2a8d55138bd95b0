"""The diagnostics package: one zip that engineering can start from, without a whole phone number in it."""

import errno
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from pathlib import Path
from typing import Any

from models.canonical import digest
from models.errors import RingbackError
from models.invariants import BrokenInvariantError
from models.messages.diagnostics import Diagnostics
from models.messages.summary_text import aware, iso_utc
from models.package.layout import MOST_BYTES, PROFILE, SCHEMA_VERSION, media_of, place_of
from tasks.fault_points import fault_point
from tasks.package.files import ON_PURPOSE, PARTS, Packing, facts, json_bytes, safe_name
from tasks.package.limits import PackageLimits, shrinking
from tasks.whole_file import beside, put_new

_SHORTEST_KEY = 16
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
AUDIT_NOTE = (
    "actions.jsonl is redacted, so its MACs may not fit: verify the chain against the ledger with "
    "`ringback audit RECOVERY --verify`"
)


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A package as it stands on disk; `left_out` says in words what it could not hold."""

    path: Path
    sha256: str
    bytes: int
    files: tuple[str, ...]
    left_out: tuple[str, ...]


class PackageNotWrittenError(RingbackError, OSError):
    """The package could not be written; the ledger still holds everything it is made of."""

    next_action = "Make room or write access in the folder, then `ringback escalate {recovery}`."


def build_package(
    d: Diagnostics,
    directory: Path,
    *,
    key: bytes,
    numbers: frozenset[str],
    most_bytes: int = MOST_BYTES,
) -> PackageFile:
    """Write `recovery-diag-<job>-<utc>.zip` and return it; the same input gives the same bytes.

    `numbers` are the whole numbers of the job: none of them is in the zip, in any formatting. `key` makes the
    contact tokens and stays with the workspace (at least 16 bytes, else ValueError). The zip stays below
    `most_bytes` and says what was left out for that; its facts, a few kB, are never left out. It is written
    under another name first, so that no half zip is ever seen. Raises PackageNotWrittenError.
    """
    if len(key) < _SHORTEST_KEY:
        raise ValueError(
            f"The key of a package needs at least {_SHORTEST_KEY} bytes; this one has {len(key)}."
        )
    packing, data = _pack(d, key, numbers, most_bytes)
    job = safe_name(packing.clean(str(d.job_id)))
    made = aware(d.generated_at).astimezone(UTC)
    path = directory / f"recovery-diag-{job}-{made:%Y%m%dT%H%M%SZ}.zip"
    try:
        path = _write_whole(path, data)
    except OSError as error:
        raise _not_written(directory, len(data), error) from error
    digest = hashlib.sha256(data).hexdigest()
    return PackageFile(path, digest, len(data), tuple(packing.files), tuple(packing.left_out))


def _pack(d: Diagnostics, key: bytes, numbers: frozenset[str], most: int) -> tuple[Packing, bytes]:
    """Fill the package, then shrink one part of it after the other until it is small enough."""
    caps = PackageLimits()
    parts = {name: _part(name, Packing(d, key, numbers, caps)) for name in PARTS}
    packing, data = _whole(d, key, numbers, parts)
    for name, smaller in shrinking(caps):
        if len(data) < most:
            break
        parts[name] = _part(name, Packing(d, key, numbers, smaller))
        packing, data = _whole(d, key, numbers, parts)
    return packing, data


def _part(name: str, packing: Packing) -> Packing:
    PARTS[name](packing)
    return packing


def _whole(
    d: Diagnostics, key: bytes, numbers: frozenset[str], parts: Mapping[str, Packing]
) -> tuple[Packing, bytes]:
    """Put the parts together, with the facts and the manifest, and return the package and its zip."""
    whole = Packing(d, key, numbers, PackageLimits())
    for part in parts.values():
        whole.files |= part.files
        whole.counts.update(part.counts)
        whole.left_out += part.left_out
    whole.people_left_out = parts["people"].people_left_out
    whole.left_out.append(ON_PURPOSE)
    facts(whole)
    whole.files["manifest.json"] = json_bytes(_manifest(whole))
    whole.files = {name: whole.files[name] for name in sorted(whole.files, key=place_of)}
    return whole, _zipped(whole, d)


def _manifest(packing: Packing) -> dict[str, Any]:
    """Return what the package holds, so that a reader can check that it is whole."""
    d = packing.d
    files = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "media": media_of(name)}
        for name, data in sorted(packing.files.items(), key=lambda item: place_of(item[0]))
    }
    reason = packing.clean("; ".join(d.escalated_because) or "unknown: no rule of escalation was named")
    recovery_id = packing.clean(str(d.recovery_id))
    return {
        "schema_version": SCHEMA_VERSION,
        "bundle_id": digest(files)[:16],
        "created": iso_utc(d.generated_at),
        "reason": reason,
        "recovery_id": recovery_id,
        "files": files,
        "redaction": {"profile": PROFILE, "counts": dict(sorted(packing.counts.items()))},
        "audit": _audit(packing),
        "people_left_out": dict(packing.people_left_out),
        "left_out": packing.left_out,
        "notes": [AUDIT_NOTE],
    }


def _audit(packing: Packing) -> dict[str, Any]:
    """Return how long the chain is, how much of it stands in the file, and its last link."""
    chain = packing.d.actions
    return {
        "entries": len(chain),
        "in_file": packing.files["actions.jsonl"].count(b"\n"),
        "last_seq": chain[-1].get("seq", 0) if chain else 0,
        "last_mac": chain[-1].get("mac", "") if chain else "",
    }


def _zipped(packing: Packing, d: Diagnostics) -> bytes:
    """Return the zip: fixed order, one timestamp and one mode for every file."""
    made = aware(d.generated_at).astimezone(UTC)
    stamp = (max(1980, made.year), made.month, made.day, made.hour, made.minute, made.second)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in packing.files.items():
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, data, compresslevel=9)
    return out.getvalue()


def _write_whole(path: Path, data: bytes) -> Path:
    """Write a file that is either whole under its name or not there under it, and return its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = beside(path)
    try:
        unfinished.write_bytes(data)
        fault_point("package.half_written")
        return _named(unfinished, path, data)
    finally:
        unfinished.unlink(missing_ok=True)


def _named(whole: Path, path: Path, data: bytes) -> Path:
    """Give a file its name, or the next one where another package of the same second has that name."""
    for n in count(1):
        name = path if n == 1 else path.with_stem(f"{path.stem}-{n}")
        try:
            put_new(whole, name)
        except FileExistsError:
            if name.read_bytes() == data:
                return name
        else:
            return name
    raise BrokenInvariantError("there is always a next name")


def _not_written(directory: Path, size: int, error: OSError) -> PackageNotWrittenError:
    """Say why the package could not be written and what to do."""
    if error.errno in _FULL:
        why, do = "the disk or its quota is full", f"Free {size // 1000 + 1} kB there"
    elif error.errno in _FORBIDDEN:
        why, do = "writing there is not allowed", "Allow it"
    else:
        why, do = error.strerror or type(error).__name__, "Put that right"
    told = PackageNotWrittenError(
        f"The package could not be written to {directory}: {why}. {do} or choose another directory, "
        "then ask for the package again; nothing of the recovery is lost."
    )
    told.errno = error.errno
    return told
