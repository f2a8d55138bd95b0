"""The people of a contact file, to whom a recovery is bound."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.contacts.phones.normalise import normalise
from models.contacts.verdict import ContactFileError
from models.disposition.only import OnlyPeople, mark_of
from models.errors import EXIT_USAGE, RingbackError
from models.masking.quotes import without_numbers
from tasks.contact_files.file import iter_checked


class OnlyFileError(RingbackError):
    """The file of people for a recovery cannot be read, or names nobody who may be dialled."""

    exit_code = EXIT_USAGE
    next_action = "Check the file with `ringback contacts FILE`, correct it, then ask again."


@dataclass(frozen=True, slots=True)
class ReadPeople:
    """The people of a file, and how many of its rows name nobody who may be dialled."""

    only: OnlyPeople
    left_out: int


def read_only_people(path: Path, region: str | None, key: bytes) -> OnlyPeople:
    """Return the people of a file alone, as `read_people` reads it."""
    return read_people(path, region, key).only


def read_people(path: Path, region: str | None, key: bytes) -> ReadPeople:
    """Return the people of a file, as the checker of contact files reads it; raises OnlyFileError.

    A row that may not be dialled names nobody: its person is kept back, never guessed.
    """
    name = without_numbers(path.name)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows = [row.e164 for row in iter_checked(path, region=region)]
    except ContactFileError as error:
        raise OnlyFileError(f"{name}: {error}") from None
    except OSError as error:
        raise OnlyFileError(f"{name} cannot be read ({error.strerror}). Name a file that can.") from None
    numbers = [number for number in rows if number]
    people = {person for number in numbers if (person := normalise(number, region).person)}
    if not people:
        raise OnlyFileError(f"{name} names nobody who may be dialled, so there is nobody to redial.")
    only = OnlyPeople(name, digest, frozenset(mark_of(key, person) for person in people))
    return ReadPeople(only, len(rows) - len(numbers))
