"""A workspace's own rows for the reason tables."""

import pytest

from models.enums import Disposition
from models.platform import Reason
from models.reasons.table import OverrideError, ReasonTable, parse_overrides

TABLE = ReasonTable.packaged()

OWN = """\ufeffsystem,code,disposition,reached,why
# our carrier uses 480 for an outage
SIP,480,transient,,"our carrier says so, in writing"

voqo,line_down,transient
sip,500-599,operator
"""


def test_a_workspace_overrides_and_extends_the_table() -> None:
    """A workspace's rows replace packaged ones, ranges too, and name reasons of new platforms."""
    table = TABLE.with_overrides(parse_overrides(OWN))
    own = table.rule([Reason("sip", "480")])
    assert (own.disposition, own.overridden, own.why) == (
        Disposition.TRANSIENT,
        True,
        "our carrier says so, in writing",
    )
    assert table.rule([Reason("voqo", "LINE_DOWN")]).disposition is Disposition.TRANSIENT
    assert table.rule([Reason("sip", "503")]).disposition is Disposition.OPERATOR
    assert table.rule([Reason("sip", "486")]) == TABLE.rule([Reason("sip", "486")])


def test_the_packaged_table_is_not_changed_by_overrides() -> None:
    """One workspace's table is nobody else's."""
    TABLE.with_overrides(parse_overrides(OWN))
    assert TABLE.rule([Reason("sip", "480")]).disposition is Disposition.LATER
    assert ReasonTable.packaged() is TABLE


@pytest.mark.parametrize("row", ["retell,user_hangup,transient", "sip,200-299,transient", "q850,16,later"])
def test_an_override_does_not_redial_somebody_reached_by_accident(row: str) -> None:
    """Redialling after a reason that reaches people needs the explicit word that it does not."""
    overrides = parse_overrides(f"system,code,disposition\n{row}\n")
    with pytest.raises(OverrideError, match=r"^Line 2 makes .* a redial"):
        TABLE.with_overrides(overrides)


def test_an_override_may_say_that_nobody_was_reached() -> None:
    """The workspace has the last word once it says it in full."""
    overrides = parse_overrides("system,code,disposition,reached\nq850,16,transient,no\n")
    ruling = TABLE.with_overrides(overrides).rule([Reason("q850", "16")])
    assert (ruling.disposition, ruling.reached) == (Disposition.TRANSIENT, "no")


def test_an_empty_table_overrides_nothing() -> None:
    """No rows, no change."""
    assert parse_overrides("") == ()
    assert parse_overrides("# nothing yet\n\n") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("system,code\nsip,503\n", "Line 1 is the header and lacks the column 'disposition'."),
        ("system,code,disposition,notes\n", "Line 1 has the column 'notes', which is none of"),
        ("system,code,code,disposition\n", "Line 1 has the column 'code' twice."),
        (
            "system,code,disposition\n\nsip,503,retry\n",
            "Line 3 has the disposition 'retry', which is none of",
        ),
        ("system,code,disposition\nsip,,transient\n", "Line 2 has no code."),
        ("system,code,disposition\nsip\n", "Line 2 has no code."),
        ("system,code,disposition\nsip,503,later,a,b\n", "Line 2 has 5 cells for 3 columns"),
        ("system,code,disposition,reached\nsip,503,later,perhaps\n", "Line 2 says reached is 'perhaps'"),
        ("system,code,disposition,reached\nsip,503,later,yes\n", "Line 2 says that the person was reached"),
        ("system,code,disposition\nsip,5,later\nSIP,5,operator\n", "Line 3 repeats sip 5 (line 2)"),
        ('system,code,disposition\nsip,"503,later\n', "is not CSV"),
    ],
)
def test_a_fault_in_an_override_names_its_line(text: str, sentence: str) -> None:
    """A person who wrote the table can put the right line right; nothing of it is used before that."""
    with pytest.raises(OverrideError) as caught:
        parse_overrides(text)
    assert sentence in str(caught.value)
