"""Who is behind a number, as the steps compare people: one key for one person."""

from models.numbers import normalise, person_of
from tasks.desk import Desk


def who(desk: Desk, phone: str | None) -> str | None:
    """Return the person behind a number however it is written, None where it is nobody's number."""
    return normalise(phone, desk.policy.default_region).person


def same_line(phone: str | None) -> str:
    """Return the digits of a person's number: some platforms give it back without its plus or with blanks."""
    digits = "".join(character for character in phone or "" if character.isdecimal())
    return person_of(f"+{digits}")[1:]
