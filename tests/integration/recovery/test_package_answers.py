"""The raw answers in a package: of the calls that failed, with request ids, without people, and bounded."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flows.triage import check_the_job
from models.platform import PlatformDownError, PlatformError, RawAnswer
from models.tables.ledger import Recovery
from tasks.marks import listen
from tasks.package.escalate import package_of_job
from tests.integration.recovery.test_told import Told

PHONE = "+61 491 570 006"


class Answering(Told):
    """A stage whose platform shows raw answers as a hosted one does."""

    def __init__(self, home: Path, error: PlatformError | None = None) -> None:
        super().__init__(home, "poison")
        self.asked: list[str] = []

        def answer_about(call_id: str) -> RawAnswer:
            self.asked.append(call_id)
            if error:
                raise error
            body = {"id": call_id, "reason": f"busy at {PHONE}", "transcript": [{"message": "I am Ana"}]}
            return RawAnswer({**body, "blob": "x" * 100}, {"request-id": f"req_{len(self.asked)}"})

        self.platform.answer_about = answer_about  # type: ignore[attr-defined]

    def packed(self, recovery: Recovery) -> dict[str, Any]:
        """Return the answers in a package that is made by hand."""
        ctx = self.process()
        check_the_job(ctx)
        built = package_of_job(ctx, "asked for", recovery.id)
        with zipfile.ZipFile(built.path) as pack:
            names = [name for name in pack.namelist() if "api_samples/" in name]
            return {Path(name).stem: json.loads(pack.read(name)) for name in names}


def test_a_package_holds_answers_with_request_ids_and_without_people(tmp_path: Path) -> None:
    """Three calls that failed and one that did not; the redials' own first; numbers are masked."""
    stage = Answering(tmp_path)
    found = stage.packed(stage.run())
    assert sorted(found) == ["failed_1", "failed_2", "failed_3", "good_1"]
    assert len({one["call_id"] for one in found.values()}) == 4
    for one in found.values():
        assert one["answer"]["id"] == one["call_id"]
        assert one["request_ids"]["request-id"].startswith("req_")
        told = json.dumps(one)
        assert "busy at" in told
        assert "Ana" not in told
        assert "491" not in one["answer"]["reason"]
    ours = {call.id for call in stage.scene.world.calls.values() if call.row.job.order.name.startswith("rb-")}
    assert found["failed_1"]["call_id"] in ours


@pytest.mark.parametrize(
    ("error", "asked"), [(PlatformError(f"no such call {PHONE}"), 4), (PlatformDownError("is down"), 1)]
)
def test_a_platform_that_does_not_answer_is_said_to_be_so(
    tmp_path: Path, error: PlatformError, asked: int
) -> None:
    """The package is whole all the same, and says why; one that is down is not asked again and again."""
    stage = Answering(tmp_path, error)
    ended = stage.run()
    stage.asked.clear()
    with listen() as struck:
        found = stage.packed(ended)
    assert struck["package.no_answer"] == asked
    assert len(stage.asked) == asked
    for one in found.values():
        assert one["no_answer"]
        assert "491" not in one["no_answer"]
        assert "answer" not in one
