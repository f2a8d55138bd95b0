"""A platform's upload rules are checked before the platform refuses the file."""

import pytest

from models.contacts.uploads import RULES, UploadFacts, check_upload, rule_for


def facts(platform: str, **changes: object) -> UploadFacts:
    """Return a file that the platform takes, with changes."""
    header = RULES[platform].header
    good = {"header": [header, "name"], "column": header, "rows": 10, "kept": 10, "size": 1000}
    return UploadFacts(**{**good, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("platform", sorted(RULES))
def test_a_good_file_passes_everywhere(platform: str) -> None:
    """No rule complains about a file that keeps it."""
    assert check_upload(RULES[platform], facts(platform)) == ()


def test_every_platform_of_the_issue_has_rules_with_a_source() -> None:
    """The rules can be looked up where they come from."""
    assert set(RULES) >= {"elevenlabs", "vapi", "retell", "bland", "bolna", "vogent", "cartesia", "synthflow"}
    assert all(rule.source.startswith("https://") for rule in RULES.values())


@pytest.mark.parametrize(
    ("platform", "changes", "code", "repaired"),
    [
        ("elevenlabs", {"column": "Phone Number"}, "upload_header", True),
        ("elevenlabs", {"column": ""}, "upload_header", True),
        ("elevenlabs", {"header": ["phone_number", "Language"]}, "upload_reserved", False),
        ("elevenlabs", {"rows": 10_001, "kept": 10_001}, "upload_rows", False),
        ("elevenlabs", {"rows": 10_001, "kept": 10_000}, "upload_rows", True),
        ("vapi", {"column": "Number"}, "upload_header", True),
        ("vapi", {"size": 5 * 1024 * 1024 + 1}, "upload_size", False),
        ("retell", {"column": "phone_number"}, "upload_header", True),
        ("bland", {"column": "phone number"}, "upload_header", True),
        ("bolna", {"column": "mobile_number"}, "upload_header", True),
        ("bolna-campaigns", {"rows": 150_001, "kept": 150_001}, "upload_rows", False),
        ("vogent", {"column": "to_number"}, "upload_header", True),
        ("cartesia", {"rows": 5_001, "kept": 5_001}, "upload_rows", False),
        ("synthflow", {"rows": 10_001, "kept": 10_001}, "upload_rows", False),
    ],
)
def test_each_rule_is_seen_broken(
    platform: str, changes: dict[str, object], code: str, repaired: bool
) -> None:
    """One sentence for each thing the platform would refuse, and whether the cleaned file puts it right."""
    (problem,) = check_upload(RULES[platform], facts(platform, **changes))
    assert (problem.row, problem.code, problem.repaired) == (0, code, repaired)
    assert problem.message.startswith(platform)
    assert problem.message.endswith(".")


def test_platforms_are_found_by_name_and_never_guessed() -> None:
    """An unknown platform has no rules rather than somebody else's."""
    assert rule_for(" ElevenLabs ") is RULES["elevenlabs"]
    assert rule_for("voqo") is None
    assert rule_for(None) is None
