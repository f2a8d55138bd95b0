"""Batches by which campaigns make their calls: no jobs beside them, where a platform lists such at all."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from models.plan.markers import Marker, read_marker
from models.platform import Contact, Job, NoSuchJobError
from models.triage.related_jobs import marker_in
from tasks.marks import struck
from tasks.platforms.elevenlabs.campaigns.outbound import Outbound

ROUNDING = timedelta(seconds=1)
"""Times come whole."""


class InnerBatches:
    """Tells such batches from others by the calls that they share with a campaign; `rows` reads a batch's."""

    def __init__(self, outbound: Outbound, rows: Callable[[str], Iterator[Contact]]) -> None:
        self._outbound, self._rows = outbound, rows
        self._owned: set[str] = set()
        self._others: dict[str, tuple[int, str]] = {}

    def without(self, batches: Sequence[Job], campaigns: Sequence[Job]) -> Iterator[Job]:
        """Yield the batches that belong to none of our campaigns.

        One that shows our marker and no call yet is left out as well: whose it is shows with its first call.
        """
        ours: dict[Marker, list[Job]] = defaultdict(list)
        oldest: dict[str | None, datetime] = {}
        for one in campaigns:
            if marker := read_marker(one.name):
                ours[marker].append(one)
                oldest[one.agent_id] = min(one.created_at, oldest.get(one.agent_id, one.created_at))
        for batch in batches:
            since = oldest.get(batch.agent_id)
            if since is None or batch.created_at < since - ROUNDING or not self._is_inner(batch, ours):
                yield batch

    def _is_inner(self, batch: Job, ours: Mapping[Marker, Sequence[Job]]) -> bool:
        state = (batch.dispatched, batch.raw_status)
        if batch.id in self._owned or self._others.get(batch.id) == state:
            return batch.id in self._owned
        try:
            rows = tuple(self._rows(batch.id))
        except NoSuchJobError:
            return False
        marker = marker_in(batch, rows)
        named = ours.get(marker, ()) if marker else ()
        called = {row.call_id for row in rows if row.call_id}
        if named and not called:
            return True
        if any(called & self._outbound.conversations(one.id) for one in named):
            struck("campaigns.inner_batch")
            self._owned.add(batch.id)
            return True
        self._others[batch.id] = state
        return False
