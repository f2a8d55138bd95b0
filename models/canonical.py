"""The one JSON text of a value, which hashes and signatures are taken of."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII.

    Raises ValueError for what has no JSON text that every reader agrees on: NaN, infinity, other types.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"This cannot be written as JSON to be signed or hashed: {error}.") from error


def digest(value: Any) -> str:
    """Return SHA-256 over the canonical JSON of a value, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
