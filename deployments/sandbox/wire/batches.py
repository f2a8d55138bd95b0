"""Which jobs are batches: not those that are campaigns, unless the batches that these make are listed too.

No document says whether they are: the fault `campaign_batches` is a platform that lists them.
"""

from typing import Any

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import job_of, problem
from deployments.sandbox.wire.objects import inner_batch
from deployments.sandbox.wire.views import listed_jobs

INNER = "campaign_batches"


def listed_batches(world: World, agent_id: str | None) -> list[Job]:
    """Return the batches that a listing shows, newest first."""
    jobs = listed_jobs(world, agent_id)
    shows = world.faults.standing(INNER)
    if shows is None:
        return [job for job in jobs if job.id not in world.campaigns.made]
    shows.strikes += any(job.id in world.campaigns.made for job in jobs)
    return jobs


def as_batch(world: World, job: Job, body: dict[str, Any]) -> dict[str, Any]:
    """Return a batch as it is shown: that of a campaign under an id of its own."""
    return body | {"id": inner_batch(job.id)} if job.id in world.campaigns.made else body


def batch_of(world: World, batch_id: str) -> Job:
    """Return the job that a path names as a batch; 404 for a campaign under its own id."""
    inner = {inner_batch(one): one for one in world.campaigns.made}
    if batch_id in world.campaigns.made or (batch_id in inner and not world.faults.stands(INNER)):
        raise problem(404, "not_found", f"Batch call {batch_id} not found.")
    return job_of(world, inner.get(batch_id, batch_id))
