"""The deployments on a Prefect server without a worker: a test executes their runs one by one."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx

from deployments.prefect.register import POOL
from tasks.prefect_api.rest import DEPLOYMENT, FLOW, PrefectRest, Row
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import Site


class Deployed:
    """The deployments of one site on a server, and the runs of `recover` among them."""

    def __init__(self, site: Site, prefect: PrefectApi, **changes: str | None) -> None:
        self.site, self.prefect = site, prefect
        self.environment = site.env(**changes, **prefect.env)
        with self.api() as api:
            api.make_pool(POOL, 1)
        self.execute("-m", "deployments.prefect.register", "--every", "86400", "--act", "report")

    def api(self) -> PrefectRest:
        """Return the server's API."""
        return PrefectRest(self.prefect.url, auth=self.prefect.auth)

    def make(self, key: str, of: tuple[str, str] = (FLOW, DEPLOYMENT), **form: Any) -> str:
        """Make a run for the site's job from a form, of `recover` or another deployment; return its id."""
        with self.api() as api:
            asked = {"request": {"job_id": self.site.job, **form}}
            return str(api.create_run(str(api.deployment_id(*of)), asked, key)["id"])

    def execute_run(self, run_id: str) -> Row:
        """Execute a run until its process exits, and return it as the server shows it then."""
        self.execute("-m", "prefect", "flow-run", "execute", run_id)
        found: Row = self.prefect.get(f"/flow_runs/{run_id}")
        return found

    def resume(self, run_id: str, form: Mapping[str, Any]) -> bool:
        """Fill the form of a suspended run and press Resume."""
        with self.api() as api:
            return api.resume(run_id, form)

    def take_away(self) -> None:
        """Leave the server as it was found: other tests go by whether it has deployments of ours."""
        with self.api() as api:
            url, auth = f"{self.prefect.url}/deployments", self.prefect.auth
            for one in httpx.post(f"{url}/filter", json={}, auth=auth).json():
                httpx.delete(f"{url}/{one['id']}", auth=auth)
            assert api.deployment_id() is None

    def execute(self, *words: str) -> None:
        """Run Python at the site to its end."""
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=self.site.home,
            capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
