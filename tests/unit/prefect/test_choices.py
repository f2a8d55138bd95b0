"""A form whose workspace is chosen from a list: what is in it, and what is chosen already."""

from typing import Any

import pytest

from deployments.prefect.choices import with_workspaces
from deployments.prefect.register import _all

FORMS = {
    name: flow.prefect.parameters.model_dump(exclude_unset=True) for name, flow, _ in _all(300, "policy")
}


def field(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the field that names a workspace, as the one form of a schema has it."""
    (form,) = schema["definitions"].values()
    found: dict[str, Any] = form["properties"]["workspace"]
    return found


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"decide"}))
def test_every_form_lists_the_workspaces(name: str) -> None:
    """The default one stands first and is chosen; the empty choice stays; how a new one gets in is said."""
    listed = field(with_workspaces(FORMS[name], ["acme", "shop"], "shop"))
    assert (listed["enum"], listed["default"], listed["title"]) == (["shop", "", "acme"], "shop", "Workspace")
    assert "`ringback up`" in listed["description"]
    assert "enum" not in field(FORMS[name])


def test_where_none_is_chosen_the_empty_choice_is() -> None:
    """A sweep goes over all of them; a default workspace without a key is in no list, and not chosen."""
    for chosen in ("", "default"):
        listed = field(with_workspaces(FORMS["sweep"], ["acme", "shop"], chosen))
        assert (listed["enum"], listed["default"]) == (["", "acme", "shop"], "")


def test_without_workspaces_a_name_is_typed() -> None:
    """A machine that knows no settings registers the form as it was; so does one without the field."""
    assert with_workspaces(FORMS["recover"], [], "default") == FORMS["recover"]
    assert with_workspaces(FORMS["decide"], ["acme"], "acme") == FORMS["decide"]
