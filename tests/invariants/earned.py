"""A ledger that has worked on an account before: the listing has shown a marker of its own there."""

from models.tables.ledger import Sighting
from tasks.ledger.store import Ledger


def earn_absence(ledger: Ledger, workspace: str, platform: str) -> None:
    """Let a ledger have seen one marker of its own at once, so that absence is proof to it."""
    with ledger.write() as session:
        seen = Sighting(workspace=workspace, platform=platform, found=1, at=ledger.clock.now())
        session.merge(seen)
