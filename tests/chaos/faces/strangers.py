"""Whether anybody was called after a call of somebody else could be known, on platforms of single calls."""

from collections.abc import Iterator

from models.masking.phone import mask_phone
from tests.conformance.suite.site import Site
from tests.invariants import Breach
from tests.invariants.twice import KNOWABLE


def after_a_stranger(site: Site) -> Iterator[Breach]:
    """Yield whoever was called though the call of another, not the source's, was known to be over."""
    calls = [one for one in site.here.world.calls.values() if one.delivery == 1 and not one.hidden]
    source = site.here.scene.job
    others = [one for one in calls if not site.face.is_ours(one) and one.row.job is not source]
    for mine in (one for one in calls if site.face.is_ours(one)):
        for other in (one for one in others if one.row.phone == mine.row.phone):
            known = other.ended_at is not None and _was_told(site, other.id)
            if known and other.ended_at + KNOWABLE <= mine.row.job.asked_at:
                shown = mask_phone(mine.row.phone)
                yield Breach("I1", f"{shown} was called after another's call to them had ended.")


def _was_told(site: Site, call_id: str) -> bool:
    """Tell whether the platform tells of a call: of every one in a listing, of the others by a webhook."""
    return site.face.capabilities.can_list_jobs or call_id in site.carried
