"""One configured source of hooks: a sender, its secrets, its workspace and its field map."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError

from models.hooks.delivery import HookDelivery, VerifiedDelivery
from models.hooks.schemes import Verifier
from models.hooks.senders import FIELDS, Sender


@dataclass(frozen=True, slots=True)
class HookSource:
    """Where hooks of one name come from and how they are read."""

    name: str
    sender: Sender
    verifier: Verifier
    secrets: tuple[bytes, ...] = field(repr=False)
    workspace: str
    names: frozenset[str]
    """What a body may call the workspace; anything else is another workspace's job."""
    request_workspace: str
    """The workspace as the run's parameter names it, empty for the default one."""
    system: str
    approval: Literal["ask", "auto"]
    fields: Mapping[str, Any]
    events: frozenset[str]
    only: Any = None
    own_actors: frozenset[str] = frozenset()
    own_tag: str = ""
    per_minute: int = 3000

    def check(self, delivery: HookDelivery) -> VerifiedDelivery:
        """Tell whether the delivery is genuine."""
        return self.verifier.check(delivery, self.secrets)

    def read(self, name: str, body: Any) -> Any:
        """Return what an expression of the field map finds, None where it finds nothing."""
        return found_by(self.fields.get(name), body)


def compiled(expressions: Mapping[str, str]) -> dict[str, Any]:
    """Compile a field map; raises ValueError naming the field that is unknown or no JMESPath."""
    unknown = [name for name in expressions if name not in FIELDS]
    if unknown:
        raise ValueError(f"there is no field {unknown[0]!r}; known: {', '.join(FIELDS)}")
    return {name: compile_one(text, name) for name, text in expressions.items() if text}


def compile_one(text: str, name: str) -> Any:
    """Compile one expression."""
    try:
        return jmespath.compile(text)
    except (JMESPathError, ValueError):
        raise ValueError(f"{name} is no JMESPath expression") from None


def found_by(expression: Any, body: Any) -> Any:
    """Search with a compiled expression; one that does not fit this body finds nothing."""
    if expression is None:
        return None
    try:
        return expression.search(body)
    except (JMESPathError, TypeError, ValueError, AttributeError, RecursionError):
        return None
