"""The tokens of the API in the ledger."""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import col, select

from models.errors import EXIT_USAGE
from models.hooks.tokens import EVERY, Caller, NewToken, Scope, fits, id_of, is_alive, new_token, scopes_of
from models.tables.gateway import ApiToken
from tasks.ledger.database.restores import refuse_token
from tasks.ledger.errors import CollisionError, LedgerError
from tasks.ledger.store import Ledger


class NoSuchTokenError(LedgerError):
    """There is no token of that name."""

    exit_code = EXIT_USAGE
    next_action = "Take a name that `ringback token list` shows."


class NameTakenError(LedgerError):
    """A token of that name was made before; names are never used twice, since the audit speaks of them."""

    exit_code = EXIT_USAGE
    next_action = "Take another name."


def add(
    ledger: Ledger,
    name: str,
    scopes: Iterable[Scope],
    lasts: timedelta | None = None,
    workspaces: Iterable[str] = (EVERY,),
) -> NewToken:
    """Make a token for some workspaces; its text is in the answer and nowhere else. Raises NameTakenError."""
    made, now = new_token(), ledger.clock.now()
    row = ApiToken(
        id=made.id,
        name=name,
        hash=made.hash,
        scopes=",".join(sorted(scopes)),
        workspaces=sorted(set(workspaces)),
        created_at=now,
        expires_at=now + lasts if lasts else None,
    )
    try:
        with ledger.write() as session:
            session.add(row)
    except CollisionError:
        raise NameTakenError(f"There is or was a token {name!r}. Choose another name.") from None
    return made


def caller(ledger: Ledger, text: str) -> Caller | None:
    """Return who a token belongs to, None where it is none of ours, expired or revoked."""
    token_id = id_of(text)
    if token_id is None:
        return None
    with ledger.read() as session:
        row = session.get(ApiToken, token_id)
    if row is None or not fits(text, row.hash):
        return None
    if not is_alive(ledger.clock.now(), row.expires_at, row.revoked_at):
        return None
    return Caller(row.name, row.id, scopes_of(row.scopes), frozenset(row.workspaces))


def listing(ledger: Ledger) -> list[ApiToken]:
    """Return every token, the oldest first."""
    with ledger.read() as session:
        return list(session.exec(select(ApiToken).order_by(col(ApiToken.created_at), col(ApiToken.name))))


def revoke(ledger: Ledger, name: str) -> ApiToken:
    """Take a token out of use from the next request on; raises NoSuchTokenError."""
    with ledger.write() as session:
        row = session.exec(select(ApiToken).where(ApiToken.name == name).with_for_update()).first()
        if row is None:
            raise NoSuchTokenError(
                f"There is no token {name!r}. `ringback token list` shows those there are."
            )
        refuse_token(session, ledger, row.id)
        row.revoked_at = row.revoked_at or ledger.clock.now()
        session.add(row)
    return row
