"""The schemas of a package are published, and real packages fit them."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from models.messages.diagnostics import Diagnostics, Missing
from models.package.layout import FACTS, MANIFEST
from models.package.schema import DOCUMENTS, schema_of
from tests.unit.diagnostics_example import example
from tests.unit.package.made import built, files_of

ROOT = Path(__file__).resolve().parents[3]
FILES = {"summary": FACTS, "manifest": MANIFEST}
MISSING = Missing("the platform did not answer")
CASES: dict[str, Diagnostics] = {
    "whole": example(),
    "empty": example(
        timeline=(), calls=(), reasons=(), actions=(), findings=(), api_samples={}, versions={}, approved=()
    ),
    "unknown": example(
        workspace_id=MISSING,
        campaign_id=MISSING,
        job_id=MISSING,
        upload_id=MISSING,
        window_start=MISSING,
        window_end=MISSING,
        timezone=MISSING,
        symptom=MISSING,
        summary=MISSING,
        failed=MISSING,
        successful=MISSING,
        total=MISSING,
        recovery_id=MISSING,
        verdict=MISSING,
        plan_hash=MISSING,
    ),
}


def published(name: str) -> Any:
    """Return a schema as it is committed."""
    return json.loads((ROOT / f"docs/schemas/package-{name}.schema.json").read_text())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_the_program_s(name: str) -> None:
    """What stands in docs/schemas is what this version writes and reads, and is a schema."""
    assert published(name) == schema_of(name)
    Draft202012Validator.check_schema(published(name))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_package_fits_its_schema(name: str, case: str, tmp_path: Path) -> None:
    """Whole, empty or full of unknowns: both documents are what the published schemas say."""
    data = files_of(built(tmp_path, CASES[case]).path)[FILES[name]]
    Draft202012Validator(published(name), format_checker=FormatChecker()).validate(json.loads(data))
    DOCUMENTS[name].model_validate_json(data)


def test_a_schema_refuses_what_is_no_summary(tmp_path: Path) -> None:
    """A name that is not listed, a missing item and an empty one are no summary."""
    summary = json.loads(files_of(built(tmp_path).path)[FACTS])
    check = Draft202012Validator(published("summary"))
    required = summary["required"]
    counts = {"failed": "some", "successful": 1, "total": 2}
    odd = [
        summary | {"more": 1},
        {name: value for name, value in summary.items() if name != "required"},
        summary | {"required": required | {"upload_id": ""}},
        summary | {"required": summary["required"] | {"counts": counts}},
    ]
    for one in odd:
        with pytest.raises(ValidationError):
            check.validate(one)
