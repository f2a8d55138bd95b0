"""Regenerates the parts of the docs that are printed by the program: `make docs`."""

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.generate.calling_rules import calling_page
from docs.generate.dashboard import PAGE as DASHBOARD
from docs.generate.dashboard import dashboard_page
from docs.generate.errors import PAGE as ERRORS
from docs.generate.errors import errors_page
from docs.generate.platforms import platforms_page
from docs.generate.schemas import schema_pages
from docs.generate.statistics import statistics_page
from models.policy.policy import Policy
from models.verdict.operating import characteristic
from models.verdict.sprt import DEFAULT_PLAN, decision_table
from tasks.markdown import table
from tasks.runtime.settings.settings import Settings

TARGET = Path("docs/settings.md")
CALLING = Path("docs/calling-rules.md")
STATISTICS = Path("docs/statistics.md")
PLATFORMS = Path("docs/platform-table.md")

SOURCES = """From the environment, a `.env` file or `ringback.toml` (there in lower case, without the
prefix); the environment wins. A key or a token can also lie in a block of Prefect's, which its table names as
`key_block`: the environment wins over the block, and the block over what the file holds (deploy.md)."""
POLICY = """A TOML file named by RINGBACK_POLICY. An unknown key is an error. `ringback policy` shows what is
in force."""
RULE = """With the default figures, after n ended dispatches of which k failed for a platform or provider
reason:"""
READING = """Undecided at 20: hold. Ten dispatches can only say "below 30 %" with no failure at all; 20
tolerate one."""


def settings_page() -> str:
    """Return the page of settings, policy keys and the sample's rule."""
    parts = (
        "# Settings",
        "<!-- printed by `make docs` -->",
        SOURCES,
        table(("setting", "default", "what it is"), _rows(Settings, "RINGBACK_")),
        "## Policy",
        POLICY,
        table(("key", "default", "bounds", "what it is"), _policy_rows()),
        "## The sample's rule",
        RULE,
        table(("failed", "abort while n is at most", "go from n"), _rule_rows()),
        READING,
        table(("true failure rate", "go", "abort", "hold", "dispatches on average"), _odds_rows()),
    )
    return "\n\n".join(parts) + "\n"


def _rows(model: type[BaseModel], prefix: str) -> list[tuple[str, str, str]]:
    fields = model.model_fields.items()
    return [
        (
            f"`{prefix}{name.upper()}`",
            "" if f.is_required() or f.default_factory else _default(f.default),
            f.description or "",
        )
        for name, f in fields
    ]


def _policy_rows() -> list[tuple[str, str, str, str]]:
    properties: dict[str, Any] = Policy.model_json_schema()["properties"]
    fields = Policy.model_fields
    return [
        (f"`{name}`", _default(_given(fields[name])), _bounds(seen), fields[name].description or "")
        for name, seen in properties.items()
    ]


def _given(field: FieldInfo) -> object:
    return field.get_default(call_default_factory=True, validated_data={})


def _default(value: object) -> str:
    if value is None or isinstance(value, dict | BaseModel):
        return ""
    shown = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return f"`{shown}`" if str(shown) else ""


def _bounds(seen: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    seen = next((kind for kind in seen.get("anyOf", ()) if kind.get("type") != "null"), seen)
    found = [f"{sign} {seen[name]:g}" for name, sign in signs.items() if name in seen]
    return ", ".join(found) or " or ".join(seen.get("enum", []))


def _rule_rows() -> list[tuple[str, str, str]]:
    return [
        (str(r.k), str(r.abort_to or "never"), str(r.go_from or "never"))
        for r in decision_table(DEFAULT_PLAN)
    ]


def _odds_rows() -> list[tuple[str, ...]]:
    found = [(p, characteristic(DEFAULT_PLAN, p)) for p in (0.01, 0.05, 0.10, 0.20, 0.30, 0.60)]
    return [
        (f"{p:.0%}", *(f"{share:.1%}" for share in (c.go, c.abort, c.hold)), f"{c.expected_n:.1f}")
        for p, c in found
    ]


def pages() -> dict[Path, str]:
    """Return every printed page by its file."""
    return {
        TARGET: settings_page(),
        CALLING: calling_page(),
        STATISTICS: statistics_page(),
        ERRORS: errors_page(),
        PLATFORMS: platforms_page(),
        DASHBOARD: dashboard_page(),
        **schema_pages(),
    }


if __name__ == "__main__":
    for path, page in pages().items():
        path.write_text(page, encoding="utf-8")
        sys.stdout.write(f"{path} is renewed\n")
