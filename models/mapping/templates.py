"""What a request says: a structure of values with places that are filled by selection, never by pasting.

A table with the key `from` alone (or with `optional`) is a place: its expression walks to a value, which is
put there as JSON. A table with `each` and `item` is a list: one item for each member. All else is said as it
stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from models.errors import RingbackError
from models.mapping.selectors import Selector

FROM, OPTIONAL, EACH, ITEM = "from", "optional", "each", "item"
CONTACTS, CONTACT = "contacts", "contact"
NAMES = frozenset({"marker", "cap", "job", "constants"})
"""What an expression of a create may begin with; `contact` too, within the items of contacts."""
ABOUT_A_JOB = frozenset({"job", "constants"})
"""What an expression of any other request may begin with."""
DEEPEST = 12


class NothingThereError(RingbackError, ValueError):
    """A place of a request has nothing to be filled with; the message names the expression."""


def check(template: Any, *, within: frozenset[str] = NAMES, depth: int = 0) -> None:
    """Raise ValueError with a clause where a template cannot be built from."""
    if depth > DEEPEST:
        raise ValueError(f"a request is at most {DEEPEST} tables deep")
    if _is_place(template):
        _check_place(template, within)
    elif _is_list(template):
        _check_list(template, within, depth)
    elif isinstance(template, Mapping | list):
        for value in template.values() if isinstance(template, Mapping) else template:
            check(value, within=within, depth=depth + 1)
    elif not isinstance(template, str | int | float | bool):
        kind = type(template).__name__
        raise ValueError(f"a request holds texts, numbers, lists and tables, and no {kind}")


def _is_place(template: Any) -> bool:
    """Tell a place from a table that has a key called `from` of its own, as calls have."""
    if not isinstance(template, Mapping) or not isinstance(template.get(FROM), str):
        return False
    return set(template) <= {FROM, OPTIONAL} or _begins(template[FROM]) in {*NAMES, CONTACT}


def _is_list(template: Any) -> bool:
    return isinstance(template, Mapping) and isinstance(template.get(EACH), str)


def _begins(text: str) -> str:
    return text.partition(".")[0].partition("[")[0].strip('"')


def _check_place(template: Mapping[str, Any], within: frozenset[str]) -> None:
    if set(template) - {FROM, OPTIONAL} or not isinstance(template.get(OPTIONAL, False), bool):
        raise ValueError("a place has `from`, and `optional = true` where it may stay empty")
    selector = Selector.of(template[FROM])
    if not selector.only_walks:
        raise ValueError(f"{selector.text!r} does more than select: a request is built, never computed")
    if _begins(selector.text) not in within:
        raise ValueError(f"{selector.text!r} begins with none of {', '.join(sorted(within))}")


def _check_list(template: Mapping[str, Any], within: frozenset[str], depth: int) -> None:
    if set(template) != {EACH, ITEM} or template[EACH] != CONTACTS or "marker" not in within:
        raise ValueError(f"a list is of a create, and has `each = {CONTACTS!r}` and `item`")
    check(template[ITEM], within=within | {CONTACT}, depth=depth + 1)


def places(template: Any) -> Iterator[str]:
    """Yield the expression of every place in a template."""
    if _is_place(template):
        yield str(template[FROM])
    elif isinstance(template, Mapping | list):
        for value in template.values() if isinstance(template, Mapping) else template:
            yield from places(value)


def build(template: Any, scope: Mapping[str, Any]) -> Any:
    """Return the value that a checked template makes; raises NothingThereError for an empty place."""
    if _is_place(template):
        return _filled(template, scope)
    if _is_list(template):
        return [build(template[ITEM], {**scope, CONTACT: one}) for one in scope[CONTACTS]]
    if isinstance(template, Mapping):
        built = ((name, value, build(value, scope)) for name, value in template.items())
        return {name: made for name, value, made in built if not (made is None and _may_be_empty(value))}
    if isinstance(template, list):
        return [build(value, scope) for value in template]
    return template


def _may_be_empty(template: Any) -> bool:
    return isinstance(template, Mapping) and bool(template.get(OPTIONAL))


def _filled(template: Mapping[str, Any], scope: Mapping[str, Any]) -> Any:
    selector = Selector.of(template[FROM])
    found = selector.read(scope)
    if found is None and not template.get(OPTIONAL):
        raise NothingThereError(selector.text)
    return found
