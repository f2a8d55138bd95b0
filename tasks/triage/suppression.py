"""Who must never be called: the ledger's list and the workspace's own file, both read anew each time."""

from functools import lru_cache
from pathlib import Path

from models.contacts.phones.normalise import spellings_of
from models.contacts.verdict import ContactFileError
from models.platform import PlatformError
from models.verdict.ending import hold
from tasks.contact_files.opt_outs import OptOuts, read_content
from tasks.context import RunContext
from tasks.ledger import plans
from tasks.ledger.database import restores
from tasks.marks import struck

_SHOWN = 3


class UnreadableListError(PlatformError):
    """The opt-out file cannot be read or understood: while nobody knows who opted out, nobody is called."""

    next_action = "Put the list right, then `ringback resume {recovery}`."


def suppressed(ctx: RunContext) -> frozenset[str]:
    """Return every number that must not be called, by table and by file; raises UnreadableListError.

    Each stands there in every spelling that its line has.
    """
    table = plans.suppressed(ctx.ledger, ctx.workspace)
    file = from_file(ctx.opted_out, ctx.policy.default_region) if ctx.opted_out else frozenset()
    return _spelled(ctx, table | file)


def _spelled(ctx: RunContext, numbers: frozenset[str]) -> frozenset[str]:
    # The lists are read anew each time; only what is new on them is spelled.
    known, found = ctx.case.opted_out
    if not known <= numbers:
        known = found = frozenset()
    fresh = numbers - known
    found = found.union(*map(spellings_of, fresh)) if fresh else found
    ctx.case.opted_out = numbers, found
    return found


def know_the_opt_outs(ctx: RunContext) -> None:
    """Hold where the ledger is a restored copy whose opt-outs nobody has confirmed: some may be missing."""
    if restores.opt_outs_known(ctx.ledger, ctx.workspace):
        return
    struck("restores.opt_outs")
    raise hold(
        "The ledger was put back to an earlier copy: who opted out since is not on its list, so nobody is "
        "called.",
        "Add the missing opt-outs (`ringback suppress`), say so with `ringback suppress --confirm-restored`, "
        "then resume.",
        resumable=True,
    )


def from_file(path: Path, region: str | None) -> frozenset[str]:
    """Return the numbers of an opt-out list of any shape; raises UnreadableListError."""
    return read_list(path, region).numbers


def read_list(path: Path, region: str | None) -> OptOuts:
    """Read an opt-out list: the number column is found as in a contact file, and no line is skipped unsaid.

    `region` is the country of numbers without one. Raises UnreadableListError where the column cannot be
    found or a line holds no number that can be read.
    """
    try:
        content = path.expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "no such home folder"
        raise UnreadableListError(
            f"The opt-out list {path} cannot be read ({why}), so nobody is called. Put it in place."
        ) from None
    try:
        found = _read(content, path.name, region)
    except ContactFileError as fault:
        raise UnreadableListError(
            f"The opt-out list {path} cannot be understood, so nobody is called. {fault}"
        ) from None
    if found.odd:
        lines = ", ".join(map(str, found.odd[:_SHOWN]))
        more = f" and {len(found.odd) - _SHOWN} more" if len(found.odd) > _SHOWN else ""
        raise UnreadableListError(
            f"The opt-out list {path} holds lines that are no phone number ({lines}{more}), so nobody is "
            "called: correct them, or set default_region for numbers without a country."
        )
    return found


@lru_cache(maxsize=4)
def _read(content: bytes, name: str, region: str | None) -> OptOuts:
    """Return what the bytes of a list say; the same bytes are understood once."""
    return read_content(content, name, region)
