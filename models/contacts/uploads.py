"""What each platform accepts as an upload, as data, and the check of a file against it.

The figures are those of the platforms' public pages, read in November 2026; `source` names the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from models.contacts.sheet.names import key
from models.contacts.verdict import RowProblem

_MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadRule:
    """The rules of one platform; None means that the platform names no limit.

    `header` is the number column exactly as it must be spelt. `reserved` are columns that override the
    agent and fail the batch where the agent does not allow it. `cell_limits` are characters by column.
    `takes_file` is False where rows go in by API only, so that `header` is the name of a field.
    """

    platform: str
    header: str
    source: str
    max_rows: int | None = None
    max_bytes: int | None = None
    reserved: frozenset[str] = frozenset()
    cell_limits: Mapping[str, int] = field(default_factory=dict)
    takes_file: bool = True


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """What a platform would see of a file: its header, its number column, data rows and bytes.

    `kept` is how many rows are left in the cleaned file.
    """

    header: Sequence[str]
    column: str
    rows: int
    kept: int
    size: int


RULES: Final = {
    rule.platform: rule
    for rule in (
        UploadRule(
            "elevenlabs",
            "phone_number",
            "https://elevenlabs.io/docs/eleven-agents/phone-numbers/batch-calls",
            max_rows=10_000,
            reserved=frozenset({"language", "first_message", "system_prompt", "voice_id"}),
        ),
        UploadRule(
            "vapi",
            "number",
            "https://docs.vapi.ai/outbound-campaigns/contact-data",
            max_rows=10_000,
            max_bytes=5 * _MB,
            cell_limits={"name": 40},
        ),
        UploadRule("retell", "phone number", "https://docs.retellai.com/deploy/make-batch-call"),
        UploadRule("bland", "phone_number", "https://docs.bland.ai/api-v1/post/sms-batch"),
        UploadRule("bolna", "contact_number", "https://www.bolna.ai/docs/batch-calling"),
        UploadRule(
            "bolna-campaigns",
            "mobile_number",
            "https://www.bolna.ai/docs/api-reference/workflow-campaigns/upload-entries",
            max_rows=150_000,
            max_bytes=32 * _MB,
        ),
        UploadRule(
            "vogent", "toNumber", "https://docs.vogent.ai/platform-overview/batch-dial-jobs", takes_file=False
        ),
        UploadRule(
            "cartesia",
            "to_number",
            "https://docs.cartesia.ai/line/integrations/telephony/batch-calling",
            max_rows=5_000,
            takes_file=False,
        ),
        UploadRule(
            "synthflow",
            "to_phone_number",
            "https://docs.synthflow.ai/batch-calling",
            max_rows=10_000,
            takes_file=False,
        ),
    )
}
"""The rules by platform name."""


def rule_for(platform: str | None) -> UploadRule | None:
    """Return the rules of a platform, or None where none are known."""
    return RULES.get(platform.strip().casefold()) if platform else None


def check_upload(rule: UploadRule, facts: UploadFacts) -> tuple[RowProblem, ...]:
    """Name all that the platform would refuse; `repaired` marks what the cleaned file puts right."""
    return (*_header(rule, facts), *_limits(rule, facts), *_reserved(rule, facts))


def unknown_platform(platform: str) -> RowProblem:
    """Say that no upload rules are known for a platform."""
    return _problem(
        "upload_rules_unknown", f"No upload rules are known for {platform}: none were checked.", repaired=True
    )


def _header(rule: UploadRule, facts: UploadFacts) -> tuple[RowProblem, ...]:
    if facts.column == rule.header:
        return ()
    where = "a column" if rule.takes_file else "a field"
    seen = f"this file calls it {facts.column!r}" if facts.column else "this file has no header"
    return (
        _problem("upload_header", f"{rule.platform} wants {where} {rule.header!r}: {seen}.", repaired=True),
    )


def _limits(rule: UploadRule, facts: UploadFacts) -> tuple[RowProblem, ...]:
    found = []
    if rule.max_rows is not None and facts.rows > rule.max_rows:
        text = (
            f"{rule.platform} takes at most {rule.max_rows:,} rows and the file has {facts.rows:,}: split it."
        )
        found.append(_problem("upload_rows", text, repaired=facts.kept <= rule.max_rows))
    if rule.max_bytes is not None and rule.takes_file and facts.size > rule.max_bytes:
        text = f"{rule.platform} takes files of at most {rule.max_bytes // _MB} MB: split it or drop columns."
        found.append(_problem("upload_size", text, repaired=False))
    return tuple(found)


def _reserved(rule: UploadRule, facts: UploadFacts) -> tuple[RowProblem, ...]:
    reserved = {key(name): name for name in rule.reserved}
    names = [reserved[key(name)] for name in facts.header if key(name) in reserved]
    return tuple(
        _problem(
            "upload_reserved",
            f"{rule.platform} reads the column {name!r} as an override and fails the batch where the agent "
            "forbids it: rename the column or allow the override.",
            repaired=False,
        )
        for name in names
    )


def _problem(code: str, message: str, *, repaired: bool) -> RowProblem:
    return RowProblem(0, 1, code, message, repaired)
