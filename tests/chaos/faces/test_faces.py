"""Kills on every platform: one short trial here, `python -m tests.chaos --platform NAME` plays the others."""

import pytest

from tests.chaos.faces.life import AFTER
from tests.chaos.faces.trial import Trial, attempt
from tests.conformance.suite.platforms import PLATFORMS

SEED = 1

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", ["retell", "vogent", "cartesia"])
def test_a_recovery_killed_with_an_answer_on_its_way_calls_nobody_twice(name: str) -> None:
    """SIGKILL between a create and its answer, and once more later: each once, and the books agree."""
    face = PLATFORMS[name]
    outcome = attempt(face, Trial(face.name, SEED, AFTER), {AFTER: 1})
    assert outcome.struck
    assert outcome.breaches == ()
    assert outcome.called > 0
