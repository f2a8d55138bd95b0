"""Who is behind a number, as the tasks compare people: one key for one person."""

from collections.abc import Iterable

from models.contacts.phones.normalise import normalise, person_of
from models.platform import Contact
from tasks.context import RunContext


def who(ctx: RunContext, phone: str | None) -> str | None:
    """Return the person behind a number however it is written, None where it is nobody's number."""
    return normalise(phone, ctx.policy.default_region).person


def by_person(ctx: RunContext, rows: Iterable[Contact]) -> dict[str, Contact]:
    """Return rows by person, in whichever way a platform writes their numbers: as digits, or nationally."""
    found = {same_line(row.phone): row for row in rows if row.phone}
    return found | {same_line(person): row for row in rows if (person := who(ctx, row.phone))}


def same_line(phone: str | None) -> str:
    """Return the digits of a person's number: some platforms give it back without its plus or with blanks."""
    digits = "".join(character for character in phone or "" if character.isdecimal())
    return person_of(f"+{digits}")[1:]
