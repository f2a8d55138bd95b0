"""What a form lets people choose from that only the settings know: the workspaces."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

LATER = (
    " One that is missing was set up later: start `ringback up` anew, or type `python -m "
    "deployments.prefect.register`, and it is listed."
)


def with_workspaces(schema: Mapping[str, Any], names: Sequence[str], chosen: str) -> dict[str, Any]:
    """Return the schema of a form whose workspace is chosen from a list; `chosen` is so already.

    The empty choice stays, for a request that names none. Without names the form is as it was.
    """
    found = deepcopy(dict(schema))
    for form in found.get("definitions", {}).values():
        field = form.get("properties", {}).get("workspace")
        if field and names:
            form["properties"]["workspace"] = _list_of(field, names, chosen if chosen in names else "")
    return found


def _list_of(field: Mapping[str, Any], names: Sequence[str], chosen: str) -> dict[str, Any]:
    return {
        "title": field["title"],
        "description": field["description"] + LATER,
        "type": "string",
        "enum": sorted(["", *names], key=lambda name: name != chosen),
        "default": chosen,
    }
