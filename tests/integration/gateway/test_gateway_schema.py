"""Schemathesis over the OpenAPI document: whatever fits it or just does not, no answer is a 5xx."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from models.enums import State
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.leases import release
from tasks.runtime.database import open_ledger
from tests.gateway_kit import SECRET, Gate
from tests.integration.gates import rows
from tests.integration.scenes import KEY, claimed, frozen

QUIET = settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
"""For each door and mode."""
DOORS = [
    ("POST", "/hooks/{source}"),
    ("POST", "/platforms/{workspace}/voqo"),
    ("POST", "/platforms/{workspace}/vapi/{marker}"),
    ("POST", "/v1/recoveries"),
    ("GET", "/v1/requests/{request_id}"),
    ("GET", "/v1/recoveries"),
    ("GET", "/v1/recoveries/{recovery_id}"),
    ("GET", "/v1/recoveries/{recovery_id}/package"),
    ("GET", "/v1/recoveries/{recovery_id}/live"),
    ("GET", "/v1/recoveries/{recovery_id}/live.json"),
    ("POST", "/v1/recoveries/{recovery_id}/approve"),
    ("POST", "/v1/recoveries/{recovery_id}/decline"),
    ("POST", "/v1/recoveries/{recovery_id}/cancel"),
    ("GET", "/v1/recoveries/{recovery_id}/decisions"),
    ("POST", "/v1/recoveries/{recovery_id}/decisions"),
    ("POST", "/v1/recoveries/{recovery_id}/stopped"),
    ("POST", "/v1/jobs/{job_id}/handovers"),
    ("POST", "/v1/jobs/{job_id}/contacts"),
    ("POST", "/v1/suppressions"),
    ("GET", "/health"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]
MANY = 1_000_000
TAKES_ANYTHING = {"/hooks/{source}", *(path for _, path in (*DOORS[1:3], *DOORS[-4:]))}
"""Doors whose description no call can fall short of."""
CASES = [(*door, GenerationMode.POSITIVE) for door in DOORS]
CASES += [(*door, GenerationMode.NEGATIVE) for door in DOORS if door[1] not in TAKES_ANYTHING]


Case = schemathesis.Case[Any]


class _Standing:
    """A gateway with a recovery that waits, and a token for everything."""

    def __init__(self, url: str) -> None:
        clock = VirtualClock()
        self.ledger = open_ledger(url, KEY, clock=clock)
        self.gate = Gate(self.ledger, clock, calls_per_minute=MANY, failures_per_minute=MANY)
        self.token = self.gate.token()
        claim = claimed(self.ledger)
        frozen(self.ledger, claim)
        recoveries.update(self.ledger, claim, "waits", {}, state=State.AWAITING_APPROVAL.value)
        release(self.ledger, claim)


@pytest.fixture(scope="module")
def standing(blank_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Standing]:
    """Stand a gateway up for all doors."""
    path = tmp_path_factory.mktemp("schema") / "ledger.db"
    shutil.copy(blank_file, path)
    found = _Standing(f"sqlite:///{path}")
    yield found
    found.ledger.engine.dispose()


@pytest.fixture(scope="module")
def api(standing: _Standing) -> Any:
    """Load the document in process."""
    return schemathesis.openapi.from_asgi("/openapi.json", standing.gate.app)


def examples(check: Callable[[Case], None], strategy: Any) -> None:
    """Try a check on drawn cases."""
    given(case=strategy)(QUIET(check))()


def test_every_door_is_tried(api: Any) -> None:
    """The doors below are those of the document."""
    found = {operation.ok().label for operation in api.get_all_operations()}
    assert found == {f"{method} {path}" for method, path in DOORS}


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_no_call_makes_the_gateway_fall_over(
    api: Any, standing: _Standing, method: str, path: str, mode: GenerationMode
) -> None:
    """Every answer is one that the document describes, in its form, and none is a fault of ours."""
    headers = standing.token | {"X-Ringback-Token": SECRET}

    def check(case: Case) -> None:
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    examples(check, api[path][method].as_strategy(generation_mode=mode))


def test_no_genuine_hook_makes_the_gateway_fall_over(api: Any, standing: _Standing) -> None:
    """Past the signature too any body at all is answered as written down or as unreadable."""

    def check(case: Case) -> None:
        case.path_parameters["source"] = "token"
        answer = case.call(headers={"X-Ringback-Token": SECRET})
        assert answer.status_code in {202, 400}, answer.text

    examples(check, api["/hooks/{source}"]["POST"].as_strategy())
    assert {row.state for row in rows(standing.ledger)} >= {"refused"}
