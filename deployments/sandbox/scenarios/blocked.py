"""Jobs that would fail again today: the provider is down, the set-up is wrong, the caller is flagged."""

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.people import BARRED, FLAGGED, OUTAGE, Weather
from deployments.sandbox.scenarios.builder import Stage
from models.enums import Cause, State

_WELL = {"answered": 0.78, "voicemail": 0.22}
_OUTAGE = {"outage_503": 0.5, "congested_503": 0.2, "timeout_504": 0.25, "answered": 0.05}
_FLAGGED = {"blocked_603": 0.6, "rejected_608": 0.15, "answered": 0.2, "declined": 0.05}
_PAUSE = 2.0


def provider_outage(stage: Stage, seed: int) -> tuple[Job, State, Cause]:
    """Fail most later rows for a provider that is still down; by seed the job goes on or has ended."""
    job = stage.open(stage.people())
    some = len(job.rows)
    good, failed = int(some * 0.25), int(some * 0.75)
    runs = seed % 2 == 0
    began = job.created_at + (stage.last_move - job.created_at) * 0.5
    stage.tell(job.rows[:good], _WELL, until=began)
    stage.tell(job.rows[good:failed], _OUTAGE, until=stage.world.now - _PAUSE)
    stage.world.people.weather = OUTAGE
    job.pause = _PAUSE
    if runs:
        stage.go(job)
    else:
        stage.end(job)
    return job, State.HELD, Cause.PROVIDER


def config_fault(stage: Stage, seed: int) -> tuple[Job, State, Cause]:
    """Refuse most rows for the job's own set-up: caller id, country permission, or a number that is gone."""
    job = stage.open(stage.people())
    key = "geo_403" if seed % 3 == 1 else "caller_id_403"
    well = int(len(job.rows) * 0.1)
    stage.tell(job.rows[:well], _WELL, until=job.created_at + stage.quiet)
    stage.tell(job.rows[well:], {key: 1.0})
    stage.end(job, "failed" if seed % 2 else "completed")
    stage.world.people.weather = BARRED if key == "caller_id_403" else Weather(1.0, (key,))
    if seed % 3 == 0:
        stage.world.numbers.clear()
    return job, State.HELD, Cause.CONFIG


def flagged_caller(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """Fail most rows because analytics along the way block the caller, not because of the people called."""
    job = stage.open(stage.people())
    stage.tell(job.rows, _FLAGGED)
    stage.end(job)
    stage.world.people.weather = FLAGGED
    return job, State.HELD, Cause.CALLER_FLAGGED
