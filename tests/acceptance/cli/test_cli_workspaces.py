"""Commands about a job of another workspace than the default one."""

from pathlib import Path

import pytest

from tests.acceptance.site import OpenSite, Site
from tests.acceptance.up.up_site import open_worlds


@pytest.fixture(scope="module")
def two(open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Site]:
    """Return two workspaces of one home; commands of the first have it as their default."""
    wishes = {"here": {"scenario": "permit-leak"}, "there": {"scenario": "duplicate-job"}}
    sites = open_worlds(open_site, wishes, tmp_path_factory.mktemp("home"))
    return sites["here"], sites["there"]


def test_a_package_is_made_in_the_workspace_of_its_job(two: tuple[Site, Site]) -> None:
    """By name for a job, and by itself for a recovery: the other workspace knows no such job."""
    here, there = two
    where = there.world.workspace_id
    lost = here.run("escalate", there.job, "--json", RINGBACK_POLICY=None)
    assert lost.code != 0
    assert "knows no job" in lost.json["error"] or "no job" in lost.json["error"]
    named = here.run("escalate", there.job, "--workspace", where, "--json", RINGBACK_POLICY=None)
    assert (named.code, named.json["job_id"]) == (0, there.job), named.stderr
    ended = here.run(
        "recover", there.job, "--workspace", where, "--no-prefect", "--json", RINGBACK_POLICY=None
    )
    recovery_id = ended.json["recovery_id"]
    again = here.run("escalate", recovery_id, "--json", RINGBACK_POLICY=None)
    assert (again.code, again.json["recovery_id"]) == (0, recovery_id), again.stderr
    assert Path(again.json["package"]).is_file()


def test_triage_names_the_command_for_that_workspace(two: tuple[Site, Site]) -> None:
    """What is shown next can be typed as it stands."""
    here, there = two
    where = there.world.workspace_id
    shown = here.run("triage", there.job, "--workspace", where, RINGBACK_POLICY=None)
    assert f"ringback escalate {there.job} --workspace {where}" in shown.stdout
