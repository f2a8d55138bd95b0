"""People as a file that a spreadsheet opens."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from models.contacts.spreadsheet import safe
from models.errors import EXIT_USAGE, RingbackError
from tasks.whole_file import beside, put_new


class PeopleFileError(RingbackError):
    """People cannot be written where they were to be: a file is there already, or the folder takes none."""

    exit_code = EXIT_USAGE
    next_action = "Name a file that is not there yet, in a folder of yours."


def write_people(path: Path, people: Sequence[Mapping[str, Any]]) -> None:
    """Write a row for each person into a new file, readable by its owner only, safe in a spreadsheet.

    Raises PeopleFileError where that cannot be; nothing is ever written over.
    """
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow(people[0] if people else ())
    sheet.writerows([safe("" if cell is None else str(cell)) for cell in one.values()] for one in people)
    try:
        _put(path, text.getvalue().encode("utf-8-sig"))
    except FileExistsError:
        message = f"{path} is there already, and nothing is written over. Name another file."
        raise PeopleFileError(message) from None
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror}). Name a file in another folder."
        raise PeopleFileError(message) from None


def _put(path: Path, content: bytes) -> None:
    fresh = beside(path)
    try:
        fresh.write_bytes(content)
        put_new(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
