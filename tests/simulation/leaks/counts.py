"""Whether every surface of a recovery counts the same people, and whether they add up."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator

from models.report.page.customer import counts as customers_counts
from models.report.people import People, PersonEnd
from tests.simulation.leaks.surfaces import Shown

ENDS = ("accepted", "refused", "unknown", "skipped")
"""What becomes of a planned contact."""


def disagreements(shown: Shown) -> Iterator[str]:
    """Yield in words each surface whose counts are not those of the report, or do not add up."""
    told = People.from_json(shown.report["people"])
    if told.expected != sum(told.of(end) for end in PersonEnd):
        yield f"the report's ends are not {told.expected} in all"
    if shown.live != shown.report["counts"]:
        yield f"the live view counts {shown.live}, the report {shown.report['counts']}"
    yield from _of_documents(shown, told)
    yield from _of_the_sentence(told)
    if "summary.json" in shown.package:
        yield from _of_the_package(shown, told)
    if shown.package and shown.comments and told.expected and told.message() not in shown.comments[-1]:
        yield "the last comment counts other people"


def _of_documents(shown: Shown, told: People) -> Iterator[str]:
    for voice, document in shown.documents.items():
        if document.people != told:
            yield f"the {voice.value}'s report counts {document.people}"
        if sum(group.count for group in document.flow) != told.expected:
            yield f"the flow of the {voice.value}'s report does not add up"


def _of_the_sentence(told: People) -> Iterator[str]:
    if not told.expected:
        return
    words = re.sub(r" \([^)]*\)", "", customers_counts(told)).replace(",", "")
    total, *parts = (int(figure) for figure in re.findall(r"\d+", words))
    if (total, sum(parts)) != (told.expected, told.expected):
        yield "the customer's sentence does not add up"


def _of_the_package(shown: Shown, told: People) -> Iterator[str]:
    required = json.loads(shown.package["summary.json"])["required"]["counts"]
    rows = Counter(row["end"] for row in csv.DictReader(io.StringIO(shown.package["people.csv"])))
    unlisted = told.of(PersonEnd.UNLISTED)
    if sum(rows.values()) + unlisted != required["total"]:
        yield f"people.csv has {sum(rows.values())} rows of {required['total']}"
    if shown.report["plan_hash"] is None:
        return  # without a plan the package shows the job as it is now, and the report as it was
    said = {"failed": told.unsuccessful, "successful": told.reached, "total": told.expected}
    if required != said:
        yield f"summary.json counts {required}, the report {said}"
    ends = {end.value: told.of(end) for end in PersonEnd if told.of(end) and end is not PersonEnd.UNLISTED}
    if dict(rows) != ends:
        yield f"people.csv counts {dict(rows)}, the report {ends}"
