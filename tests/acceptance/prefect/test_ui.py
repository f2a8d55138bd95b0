"""A support agent recovers a job in Prefect's UI, with a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.acceptance.prefect import browser
from tests.acceptance.prefect.browser import browsing, choose, field, log_in, picture, submit
from tests.acceptance.up.up_site import ENDS, ROOTS, UpSite

pytestmark = [
    pytest.mark.skipif(
        not browser.chromium() and not browser.REQUIRED,
        reason="no Chromium here: `apt-get install chromium`, or any other on the path",
    ),
    pytest.mark.timeout(1200),
]


def run_id(up: UpSite, job: str) -> str | None:
    """Return the run of a job, None before it has taken its name."""
    with up.api() as api:
        return next((str(run["id"]) for run in api.runs(ROOTS) if job in run["name"]), None)


def start_from_the_form(page: Page, up: UpSite) -> None:
    """Open the deployment and fill its form as a support agent does."""
    log_in(page, up.site_url, up.password)
    page.goto(up.site_url)
    page.get_by_text("Switch to V2 UI").wait_for()  # what opens is the UI of our pictures
    page.goto(f"{up.site_url}/deployments")
    page.get_by_role("link", name="recover", exact=True).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").first.click()
    field(page, "Job").fill(up.sites["seen"].job)
    choose(page, "Workspace", up.workspace("seen"))
    field(page, "Ticket").fill("zendesk:4711")
    picture(page, "form")
    submit(page)


def test_a_support_agent_recovers_a_job_in_the_browser(up: UpSite, tmp_path: Path) -> None:
    """Open the deployment, fill the form, read the plan, approve it in the form, see it recovered."""
    site = up.sites["seen"]
    with browsing(tmp_path / "profile") as page:
        start_from_the_form(page, up)
        mine = up.wait(lambda: run_id(up, site.job), "the form has started a run")
        page.goto(f"{up.site_url}/runs/flow-run/{mine}")
        page.get_by_text("Suspended", exact=True).first.wait_for()
        page.reload()  # the page brings its state up to date by itself, but not its artifacts
        picture(page, "waiting")
        page.get_by_text("Artifacts", exact=True).click()
        page.get_by_text(re.compile("^plan-")).last.click()
        page.get_by_text("the person was never dialled").first.wait_for()
        (hash_,) = site.ask("select plan_hash from recovery where job_id = ?", site.job)[0]
        assert page.get_by_text(hash_).first.is_visible()
        picture(page, "plan")
        assert site.dialled() == {}

        page.goto(f"{up.site_url}/runs/flow-run/{mine}")
        page.get_by_role("button", name="Resume", exact=True).click()
        page.get_by_text(hash_[:12]).first.wait_for()
        choose(page, "Decision", "approve")
        field(page, "Your name").fill("Ana")
        field(page, "Reason").fill("read the plan")
        picture(page, "approve")
        submit(page)

        up.until(mine, *ENDS)
        page.reload()
        page.get_by_text("Recovered", exact=True).first.wait_for()
        picture(page, "recovered")
        page.get_by_text("Artifacts", exact=True).click()
        page.get_by_text(re.compile("^report-")).last.click()
        page.get_by_text("kept back for a person").first.wait_for()
        picture(page, "report")
    assert site.breaches() == ()
    assert max(site.dialled().values()) == 1
    sql = "select decision.by, reason, plan_hash from decision where recovery_id = ?"
    assert site.ask(sql, up.recovery({"id": mine})) == [("Ana", "read the plan", hash_)]
