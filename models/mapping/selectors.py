"""Expressions of a mapping: JMESPath, compiled when the file is loaded."""

from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

LONGEST = 500
"""Characters of one expression."""
_STEPS = frozenset({"field", "subexpression", "index", "index_expression", "identity", "current"})
"""What an expression of a request may consist of: it walks to a value and makes none."""


@dataclass(frozen=True)
class Selector:
    """One expression: what it selects of an answer, or of what a request is built from."""

    text: str
    compiled: Any = field(repr=False, compare=False)

    @classmethod
    def of(cls, text: object) -> "Selector":
        """Compile an expression; raises ValueError with a clause."""
        if isinstance(text, Selector):
            return text
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            raise ValueError(f"an expression is a text of 1 to {LONGEST} characters")
        try:
            return cls(text, jmespath.compile(text))
        except JMESPathError:
            raise ValueError(f"{text!r} is no JMESPath expression") from None

    @property
    def only_walks(self) -> bool:
        """Tell whether the expression only walks to a value: no function, filter or literal in it."""
        return _walks(self.compiled.parsed)

    @property
    def makes_up(self) -> bool:
        """Tell whether it counts what an answer shows, or holds a value of the mapping's own."""
        return _makes_up(self.compiled.parsed)

    def read(self, value: Any) -> Any:
        """Return what the expression selects, None where there is nothing.

        Raises ValueError where it cannot be applied to the types that are there.
        """
        try:
            return self.compiled.search(value)
        except JMESPathError as error:
            raise ValueError(f"{self.text} cannot be applied ({type(error).__name__})") from None


def _makes_up(node: dict[str, Any]) -> bool:
    counts = node["type"] == "function_expression" and node["value"] == "length"
    return counts or node["type"] == "literal" or any(_makes_up(child) for child in node["children"])


def _walks(node: dict[str, Any]) -> bool:
    return node["type"] in _STEPS and all(_walks(child) for child in node["children"])
