"""A mapping is refused at load, in one sentence, where it cannot be meant or claims too much."""

from hashlib import sha256

import pytest

from models.enums import Absence, Find
from models.errors import EXIT_USAGE
from models.mapping.claims import claims
from models.mapping.errors import MappingError
from models.mapping.mapping import LEAST
from tests.unit.mapping.example import TEXT, changed, parsed, without

LOOKUP = ("lookup", 'evidence."lookup.absence"')
CREATE = [f"create{part}" for part in ("", ".job", ".marker", ".body")]
PROVED = [f'evidence."create.{part}"' for part in (
    "refused.400", "refused.401", "refused.403", "refused.404", "refused.422", "again.429", "own_retries",
)]  # fmt: skip


def test_the_example_is_understood() -> None:
    """What the file names can be done, its hash is that of its bytes, and every claim has its line."""
    found = parsed()
    assert found.sha256 == sha256(TEXT.encode()).hexdigest()
    assert found.capabilities.find is Find.JOBS
    assert found.capabilities.absence is Absence.EARNED
    assert found.problem is None
    assert claims(found.document).keys() == found.evidence.keys()


NOTHING = """[evidence."rows.payload"]
says = "It needs the number only."
source = "https://desk.example"

"""
ROWS_END = 'size = 100\nend = "total"\ntotal = "meta.total"'
REFUSED = {
    "5xx as refused": (("refused = [400", "refused = [500, 400"), "create.refused holds 500"),
    "a time-out as refused": (("refused = [400", "refused = [408, 400"), "create.refused holds 408"),
    "a conflict as refused": (("refused = [400", "refused = [409, 400"), "create.refused holds 409"),
    "a success as refused": (("refused = [400", "refused = [202, 400"), "create.refused holds 202"),
    "a redirect as refused": (("refused = [400", "refused = [307, 400"), "create.refused holds 307"),
    "5xx as again": (("again = [429]", "again = [429, 503]"), "create.again holds 503"),
    "an error as accepted": (("accepted = [201]", "accepted = [201, 409]"), "create.accepted holds 409"),
    "a status twice": (("again = [429]", "again = [429, 422]"), "share a status"),
    "a marker that is cut": (("longest = 80", "longest = 12"), "would be cut"),
    "a marker's sign": (('alphabet = "A-Za-z0-9_-"', 'alphabet = "A-Za-z0-9"'), "lacks '-'"),
    "a marker that is sent nowhere": (
        ('label = { from = "marker" }', 'label = "x"'),
        "puts `marker` nowhere",
    ),
    "not dialled without evidence": (
        ('answered = "reached"\nvoicemail', 'answered = "not_dialed"\nvoicemail'),
        "'answered' was not dialled",
    ),
    "an end without evidence": (('Paused = "paused"', 'Paused = "finished"'), "'Paused' dials nobody more"),
    "a word of ours that is none": (
        ('waiting = "not_dialed"', 'waiting = "undialed"'),
        "rows.statuses.waiting",
    ),
    "evidence for nothing": (("[evidence.stop]", f"{NOTHING}[evidence.stop]"), "does not claim"),
    "an empty line of evidence": (
        ('says = "Stop a job: nobody more is called, and calls in the air go on."', 'says = "yes"'),
        "evidence.stop.says",
    ),
    "another host": (('path = "/rest/v1/capacity"', 'path = "https://elsewhere.example/x"'), "is no path"),
    "a host after two slashes": (
        ('path = "/rest/v1/capacity"', 'path = "//elsewhere.example/x"'),
        "is no path",
    ),
    "a path upwards": (('path = "/rest/v1/capacity"', 'path = "/rest/../admin"'), "is no path"),
    "a query in a path": (('path = "/rest/v1/capacity"', 'path = "/rest/v1/capacity?x=1"'), "is no path"),
    "a path without its id": (('path = "/rest/v1/jobs/{job_id}"', 'path = "/rest/v1/jobs"'), "{job_id}"),
    "a path with a strange id": (('path = "/rest/v1/capacity"', 'path = "/rest/{key}"'), "{key}"),
    "a counter that counts the rows": (
        ('dispatched = "counts.', 'dispatched = "length(rows) || counts.'),
        "job.fields.dispatched counts what an answer shows",
    ),
    "a counter of the mapping's own": (
        ('dispatched = "counts.', 'dispatched = "`12` || counts.'),
        "job.fields.dispatched counts what an answer shows",
    ),
    "a start that is the making": (
        ('scheduled_at = "starts_at"', 'scheduled_at = "created_at"'),
        "job.fields.scheduled_at reads the moment of created_at",
    ),
    "a job that moves as it was made": (
        (
            'created_at = "created_at"\nupdated_at = "updated_at"',
            'created_at = "created_at"\nupdated_at = "created_at"',
        ),
        "job.fields.updated_at reads the moment of created_at",
    ),
    "rows that move as they were made": (
        (
            'call_id = "last_call"\nupdated_at = "updated_at"',
            'created_at = "updated_at"\nupdated_at = "updated_at"',
        ),
        "rows.fields.updated_at reads the moment of created_at",
    ),
    "an end that is worked out": (
        (ROWS_END, ROWS_END.replace("meta.total", "length(data)")),
        "the listing of rows is complete by its end (total)",
    ),
    "an end that is always there": (
        ('end = "cursor"\n\n[agent]', 'end = "more"\nmore = "`false`"\n\n[agent]'),
        "the listing of calls is complete by its end (more)",
    ),
    "no expression": (('status = "state"\ncreated', 'status = "state ||"\ncreated'), "no JMESPath"),
    "a request that computes": (
        ('{ from = "job.agent_id" }', "{ from = \"join('', [job.id, marker])\" }"),
        "does more than select",
    ),
    "a request of unknown things": (
        ('{ from = "job.agent_id" }', '{ from = "secrets.key" }'),
        "begins with none",
    ),
    "a request that calls nobody": (
        ('phone = { from = "contact.phone" }', 'phone = "+61255501234"'),
        "whom to call",
    ),
    "a key that is none": (("max_rows = 1000", "max_rows = 1000\nretry = true"), "create.retry is no key"),
    "a header of HTTP's own": (('header = "Authorization"', 'header = "Host"'), "no header"),
    "a header in two": (('prefix = "Bearer "', 'prefix = "a\\r\\nX: b"'), "auth.prefix"),
    "pages without an end": (('end = "total"\ntotal = "meta.total"\n\n[rows]', "\n[rows]"), "documented end"),
    "a page that seems the last": (
        ('end = "total"\ntotal = "meta.total"\n\n[rows]', 'end = "short"\n\n[rows]'),
        "complete by its end (short)",
    ),
    "a listing said to be whole": (
        ('by = "cursor"\nsend = "after"\ncursor = "next"\nend = "cursor"', 'by = "whole"'),
        "complete by its end (whole)",
    ),
    "a cursor from nowhere": (('cursor = "next"\n', ""), "needs `cursor`"),
    "a stop by deleting": (
        ('path = "/rest/v1/jobs/{job_id}/stop"', 'path = "/rest/v1/jobs/{job_id}"\nmethod = "DELETE"'),
        "stop.method",
    ),
    "two places for variables": (
        ('updated_at = "updated_at"\n\n[rows.st', 'payload = "vars"\n\n[rows.st'),
        "keep one",
    ),
    "an old format": (("format = 1", "format = 2"), "format"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_sentence(name: str) -> None:
    """Nothing of such a file is used; the sentence names the place in it."""
    pair, said = REFUSED[name]
    text = changed(("[jobs]\n", 'Paused = "paused"\n\n[jobs]\n')) if "Paused" in pair[0] else TEXT
    with pytest.raises(MappingError) as refused:
        parsed(changed(pair, text=text))
    sentence = str(refused.value)
    assert said in sentence
    assert sentence.startswith("The mapping desk.toml")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert refused.value.exit_code == EXIT_USAGE


@pytest.mark.parametrize("claim", sorted(claims(parsed().document)))
def test_each_claim_needs_its_own_evidence(claim: str) -> None:
    """Whatever loosens is refused as soon as its one line is missing, and that line alone."""
    table = "evidence.stop" if claim == "stop" else f'evidence."{claim}"'
    with pytest.raises(MappingError, match="claims too much") as refused:
        parsed(without(table))
    assert f'[evidence."{claim}"]' in str(refused.value)


REASON = """
[[reasons]]
system = "{system}"
code = "line dead"
disposition = "{disposition}"
reached = "{reached}"
why = "the line was dead"
"""
LINE = """
[evidence."reasons.desk.line dead"]
says = "line dead: the carrier gave up before it rang."
source = "https://desk.example/errors"
"""


def test_an_own_reason_is_a_row_with_evidence() -> None:
    """A code that may be redialled stands in the table with the reason why, once it is documented."""
    text = TEXT + REASON.format(system="desk", disposition="transient", reached="no") + LINE
    (row,) = parsed(text).reasons
    assert (row.system, row.code, row.disposition) == ("desk", "line dead", "transient")


@pytest.mark.parametrize(
    ("fields", "line", "said"),
    [
        ({"system": "desk", "disposition": "transient", "reached": "no"}, "", "may be redialled"),
        ({"system": "desk", "disposition": "transient", "reached": "maybe"}, LINE, "may have been reached"),
        ({"system": "sip", "disposition": "permanent", "reached": "no"}, "", "packaged tables"),
    ],
)
def test_an_own_reason_that_loosens_is_refused(fields: dict[str, str], line: str, said: str) -> None:
    """A redial needs evidence and somebody who was not reached; packaged rows are left alone."""
    with pytest.raises(MappingError, match="claims too much") as refused:
        parsed(TEXT + REASON.format(**fields) + line)
    assert said in str(refused.value)


OMITTED = {
    "jobs": (
        ("jobs", "jobs.paging", *LOOKUP),
        {"can_list_jobs": False, "find": Find.NEVER, "absence": Absence.NEVER},
    ),
    "lookup": (LOOKUP, {"absence": Absence.NEVER}),
    "calls": (("calls", "calls.paging"), {"can_list_calls": False}),
    "stop": (("stop", "evidence.stop"), {"can_stop": False}),
    "capacity": (("capacity", 'evidence."capacity.live"'), {"has_live_count": False, "has_limit": False}),
    "marker": (("create.marker", *LOOKUP), {"find": Find.NEVER, "absence": Absence.NEVER}),
    "create": ((*CREATE, *PROVED, *LOOKUP), {"find": Find.NEVER, "absence": Absence.NEVER, "max_rows": 1}),
}


@pytest.mark.parametrize("name", OMITTED)
def test_every_omission_takes_an_ability_away_and_grants_none(name: str) -> None:
    """Without a table its abilities are those of a mapping that names the least, and all others stay."""
    tables, gone = OMITTED[name]
    full, left = parsed().capabilities.as_json(), parsed(without(*tables)).capabilities.as_json()
    assert {key: value for key, value in left.items() if value != full[key]} == gone
    assert all(LEAST.as_json()[key] == value for key, value in gone.items())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (without(*CREATE, *PROVED, *LOOKUP), "no way to create"),
        (changed(('own_retries = "none"\n', ""), text=without('evidence."create.own_retries"')), "by itself"),
        (changed(('payload = "upload"\n', "")), "variables"),
    ],
)
def test_what_is_missing_for_a_redial_is_said_and_holds(text: str, said: str) -> None:
    """Without a create, a word on own retries, or variables nobody is redialled, and the check says so."""
    found = parsed(text)
    assert said in (found.problem or "")
    assert any(said in line for line in found.lacks)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"= no toml", b"x" * 200_001, b"", b"format = 1"])
def test_what_is_no_mapping_is_a_sentence(data: bytes) -> None:
    """No TOML, no UTF-8, too much or too little: one sentence."""
    from models.mapping.mapping import parse_mapping

    with pytest.raises(MappingError, match=r"^The mapping x.toml .*\.$"):
        parse_mapping(data, "x.toml")
