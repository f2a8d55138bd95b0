"""Packages for tests: made, opened, changed, and put together again."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.canonical import digest
from models.messages.diagnostics import Diagnostics
from tasks.package.archive import PackageFile, build_package
from tests.unit.diagnostics_example import KEY, NUMBERS, example


def built(folder: Path, d: Diagnostics | None = None, **given: Any) -> PackageFile:
    """Build the package of the example, or of others."""
    return build_package(d or example(), folder, key=KEY, numbers=frozenset(NUMBERS), **given)


def files_of(path: Path) -> dict[str, bytes]:
    """Return the files of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def resealed(files: Mapping[str, bytes], **changes: Any) -> dict[str, bytes]:
    """Return files with a manifest that fits them again, as somebody careful would leave them."""
    from hashlib import sha256

    manifest = json.loads(files["manifest.json"]) | changes
    for name, told in manifest["files"].items():
        if name in files:
            told |= {"sha256": sha256(files[name]).hexdigest(), "bytes": len(files[name])}
    manifest["bundle_id"] = digest(manifest["files"])[:16]
    return {**files, "manifest.json": json.dumps(manifest).encode()}
