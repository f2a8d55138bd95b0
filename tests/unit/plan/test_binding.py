"""An approval binds what the platform can do and how it is read, beside the people."""

from dataclasses import replace

import pytest

from models.enums import Absence
from models.mapping.mapping import LEAST
from models.plan.binding import binding, changed
from models.plan.plan import plan_hash
from models.policy.policy import Policy

KEY = ("ws_1", "http", "job_1")
MAPPING = {"platform": "Desk", "sha256": "ab" * 32, "evidence": {}, "assumptions": []}
BOUND = binding(LEAST, MAPPING)
POLICY = Policy.model_validate({})


def hash_of(bound: dict[str, object] | None) -> str:
    """Hash an empty plan that is bound so."""
    return plan_hash(KEY, [], [], POLICY, bound)


def test_other_abilities_or_another_mapping_are_another_plan() -> None:
    """An ability more, another file, or no binding at all: each has a hash of its own."""
    others = [
        binding(replace(LEAST, can_stop=True), MAPPING),
        binding(LEAST, MAPPING | {"sha256": "cd" * 32}),
        binding(LEAST, None),
        None,
    ]
    assert len({hash_of(bound) for bound in [BOUND, *others]}) == 5


def test_a_mapping_is_bound_by_its_own_hash() -> None:
    """What else is kept of a mapping follows from its bytes, and makes no other plan."""
    assert hash_of(BOUND) == hash_of(binding(LEAST, MAPPING | {"assumptions": ["more words"]}))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (binding(LEAST, MAPPING), None),
        (binding(LEAST, MAPPING | {"sha256": "cd" * 32}), "the mapping file has changed"),
        (binding(LEAST, None), "the mapping file has changed"),
        (binding(replace(LEAST, absence=Absence.EARNED), MAPPING), "absence"),
    ],
)
def test_what_has_changed_is_said(now: dict[str, object], said: str | None) -> None:
    """Nothing, the file, or the abilities by name."""
    found = changed(BOUND, now)
    assert (found is None) if said is None else (said in (found or ""))


def test_an_ability_that_a_later_version_names_changes_nothing() -> None:
    """A plan that was approved before an upgrade goes on after it, while all that it knew is as it was."""
    then = {name: value for name, value in BOUND["capabilities"].items() if name != "find"}
    assert changed({**BOUND, "capabilities": then}, BOUND) is None
    assert changed({**BOUND, "capabilities": then | {"can_stop": True}}, BOUND) is not None


def test_whoever_approves_sees_what_a_mapping_takes_for_granted() -> None:
    """The plan that is shown for approval has the mapping's hash and every line of its evidence."""
    from models.plan.plan import Plan
    from tasks.markdown import plan_markdown

    line = {"says": "A stop ends dialling.", "source": "https://desk.example/stop"}
    told = plan_markdown(Plan((), (), 0, "ef" * 32, binding(LEAST, MAPPING | {"evidence": {"stop": line}})))
    assert all(word in told for word in ("Desk", "abababababab", *line.values()))
    assert "mapping" not in plan_markdown(Plan((), (), 0, "ef" * 32, binding(LEAST, None)))
