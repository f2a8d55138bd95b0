"""Prints the JSON schemas of what a package holds for programs."""

import json
from pathlib import Path

from models.package.schema import DOCUMENTS, schema_of

FOLDER = Path("docs/schemas")


def schema_pages() -> dict[Path, str]:
    """Return the schema of each published document by its file."""
    return {
        FOLDER / f"package-{name}.schema.json": json.dumps(schema_of(name), indent=2) + "\n"
        for name in DOCUMENTS
    }
