"""The stall sweep: look at every job that should be moving, then go on with what was interrupted."""

from collections.abc import Callable

from tasks import sweep as steps
from tasks.conductor import level
from tasks.sweep import Seen, Swept


@level("Sweep: look at every running job")
def sweep(act: Callable[[Seen], str], resume: Callable[[str], str]) -> Swept:
    """Look at each running job, act on the stalled ones, continue interrupted recoveries, sum up.

    `act` opens a recovery where the policy says so and returns what it did; `resume` continues one by id.
    """
    seen = [steps.look_at(job_id) for job_id in steps.running_jobs()]
    acted = {one.job_id: steps.act_on(one, act) for one in seen if one.needs_recovery}
    resumed = {recovery_id: steps.go_on(recovery_id, resume) for recovery_id in steps.orphans()}
    return steps.sum_up(Swept(tuple(seen), acted, resumed))
