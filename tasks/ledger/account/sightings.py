"""What an account's listing has shown of our own markers: absence is proof only where this was earned."""

from sqlmodel import Session

from models.tables.ledger import Sighting
from tasks.ledger.store import Claim, Ledger


def of(ledger: Ledger, workspace: str, platform: str) -> Sighting | None:
    """Return what the listing has shown so far, None where it has never shown a marker of ours."""
    with ledger.read() as session:
        return session.get(Sighting, (workspace, platform))


def found(ledger: Ledger, claim: Claim, seconds: float) -> None:
    """Note that the listing has shown a marker, that many seconds after its wave was sent."""
    with ledger.write(claim) as session:
        seen = _of(session, ledger, claim)
        seen.found += 1
        seen.slowest = max(seen.slowest, seconds)
        session.add(seen)


def renamed(ledger: Ledger, claim: Claim) -> None:
    """Note that the platform gives jobs another name than they were submitted under."""
    with ledger.write(claim) as session:
        seen = _of(session, ledger, claim)
        seen.renames = True
        session.add(seen)


def _of(session: Session, ledger: Ledger, claim: Claim) -> Sighting:
    seen = session.get(Sighting, (claim.workspace, claim.platform))
    seen = seen or Sighting(workspace=claim.workspace, platform=claim.platform)
    seen.at = ledger.clock.now()
    return seen
