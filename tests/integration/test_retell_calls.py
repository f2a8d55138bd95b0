"""Single calls on Retell: each once, whatever becomes of its answer, and nobody unknown within the hour."""

from pathlib import Path

import pytest

from tests.integration.retell_site import RetellSite


@pytest.fixture
def site(tmp_path: Path) -> RetellSite:
    """Return a workspace with a batch whose dispatcher has died."""
    return RetellSite(tmp_path)


def test_everybody_is_called_once_and_read_back(site: RetellSite) -> None:
    """A stalled batch is recovered by single calls with token, marker and variables, read back by listing."""
    recovery_id = site.begun()
    told = site.run()
    assert told["state"] == "recovered", (told["next_action"], site.why(recovery_id))
    states = site.states(recovery_id)
    assert len(states) > 3
    assert {state for state, _ in states.values()} == {"accepted"}
    assert site.here.singles.keys() == states.keys()
    assert site.here.twice == {}
    keys = [one["idempotency_key"] for one in site.here.creates]
    assert len(set(keys)) == len(keys)
    assert all(one["honor_internal_dnc"] is True for one in site.here.creates)
    assert all(one["metadata"]["ringback_job"] == site.job for one in site.here.creates)
    assert all(one["retell_llm_dynamic_variables"]["first_name"] for one in site.here.creates)
