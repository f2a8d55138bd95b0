"""People as a file that a spreadsheet opens."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from models.contacts.spreadsheet import safe
from models.errors import EXIT_USAGE, RingbackError
from tasks.whole_file import beside, put_new


class FileThereError(RingbackError):
    """Where people are to be written to there is a file already."""

    exit_code = EXIT_USAGE
    next_action = "Name a file that is not there yet."


def write_people(path: Path, people: Sequence[Mapping[str, Any]]) -> None:
    """Write a row for each person into a new file, readable by its owner only, safe in a spreadsheet.

    Raises FileThereError where a file has the name: nothing is ever written over.
    """
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow(people[0] if people else ())
    sheet.writerows([safe("" if cell is None else str(cell)) for cell in one.values()] for one in people)
    fresh = beside(path)
    try:
        fresh.write_bytes(text.getvalue().encode("utf-8-sig"))
        put_new(fresh, path)
    except FileExistsError:
        message = f"{path} is there already, and nothing is written over. Name another file."
        raise FileThereError(message) from None
    finally:
        fresh.unlink(missing_ok=True)
