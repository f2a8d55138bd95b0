"""The JSON of a hook's body, as strict as it has to be and no stricter."""

import codecs
import json
from typing import Any

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the object of a body, None where it holds none.

    A byte order mark is no part of the text, and a line break or a tab may stand in a string as it is:
    templates of ticket systems put titles in without escaping them.
    """
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), "utf-8")
    try:
        found = json.loads(body.decode(encoding), strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
