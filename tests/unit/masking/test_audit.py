"""The audit chain names every row that was edited, removed, reordered or inserted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audit.chain import (
    AuditEntry,
    AuditKey,
    ChainFault,
    Head,
    Verification,
    append,
    head_of,
    verify,
)
from models.canonical import canonical

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KEY = AuditKey("k1", b"first secret of the audit chain")
NEXT_KEY = AuditKey("k2", b"second secret of the audit chain")
KEYS = {KEY.id: KEY.secret, NEXT_KEY.id: NEXT_KEY.secret}
RECOVERY = "rec_01"

json_bodies = st.dictionaries(
    st.text(max_size=6),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    max_size=4,
)


def chain(length: int, key: AuditKey = KEY, bodies: list[dict[str, Any]] | None = None) -> list[AuditEntry]:
    """Write a chain of that many entries."""
    rows: list[AuditEntry] = []
    for n in range(length):
        body = bodies[n] if bodies else {"wave": n, "note": "sent"}
        rows.append(
            append(
                rows[-1] if rows else None,
                at=AT + timedelta(seconds=n),
                kind="wave.sent",
                body=body,
                key=key,
                recovery_id=RECOVERY,
            )
        )
    return rows


def examine(rows: list[AuditEntry], head: Head | None = None) -> Verification:
    """Verify with the keys and the recovery of these tests."""
    return verify(rows, KEYS, head=head, recovery_id=RECOVERY)


def named(result: Verification) -> dict[int, ChainFault]:
    """Return the problems as place -> kind."""
    assert not result.ok
    return {problem.seq: problem.kind for problem in result.problems}


@settings(deadline=None)
@given(st.lists(json_bodies, max_size=6))
def test_an_untouched_chain_verifies(bodies: list[dict[str, Any]]) -> None:
    """What was only appended verifies, also after a round trip through JSON."""
    rows = chain(len(bodies), bodies=bodies)
    stored = [replace(row, body=json.loads(json.dumps(row.body))) for row in rows]
    head = head_of(rows[-1], recovery_id=RECOVERY) if rows else None
    assert examine(stored, head) == Verification(ok=True, count=len(rows), problems=())


EDITS = {
    "at": "2026-03-01T09:00:59+00:00",
    "kind": "wave.refused",
    "body": {"wave": 0, "note": "sent twice"},
    "previous": "f" * 64,
    "mac": "0" * 64,
    "key_id": "k2",
    "seq": 99,
}


@settings(deadline=None)
@given(length=st.integers(1, 7), data=st.data(), field=st.sampled_from(sorted(EDITS)))
def test_every_edit_of_any_row_is_named(length: int, data: st.DataObject, field: str) -> None:
    """Whichever field of whichever row is edited, that row and no other is named."""
    rows = chain(length)
    place = data.draw(st.integers(1, length))
    head = data.draw(st.sampled_from([None, head_of(rows[-1], recovery_id=RECOVERY)]))
    changed: dict[str, Any] = {field: EDITS[field]}
    rows[place - 1] = replace(rows[place - 1], **changed)
    assert named(examine(rows, head)) == {place: ChainFault.EDITED}


@settings(deadline=None)
@given(bodies=st.lists(json_bodies, min_size=1, max_size=5), data=st.data())
def test_any_other_body_is_named(bodies: list[dict[str, Any]], data: st.DataObject) -> None:
    """No body can be put in the place of another one unseen."""
    rows = chain(len(bodies), bodies=bodies)
    place = data.draw(st.integers(1, len(rows)))
    body = data.draw(json_bodies.filter(lambda other: canonical(other) != canonical(bodies[place - 1])))
    rows[place - 1] = replace(rows[place - 1], body=body)
    assert named(examine(rows)) == {place: ChainFault.EDITED}


@settings(deadline=None)
@given(length=st.integers(2, 8), data=st.data())
def test_every_removed_row_is_named(length: int, data: st.DataObject) -> None:
    """Any rows taken out of the chain are named as removed, those at the end with the exported head."""
    rows = chain(length)
    head = head_of(rows[-1], recovery_id=RECOVERY)
    gone = data.draw(st.sets(st.integers(1, length), min_size=1))
    kept = [row for row in rows if row.seq not in gone]
    assert named(examine(kept, head)) == dict.fromkeys(gone, ChainFault.REMOVED)


def test_a_cut_end_is_found_only_with_a_head() -> None:
    """The limit that the docstring states is the true one: without a head the newest rows can be cut."""
    rows = chain(5)
    assert examine(rows[:3]).ok
    assert named(examine(rows[:3], head_of(rows[-1], recovery_id=RECOVERY))) == {
        4: ChainFault.REMOVED,
        5: ChainFault.REMOVED,
    }


@settings(deadline=None)
@given(length=st.integers(2, 8), data=st.data())
def test_every_swap_is_named(length: int, data: st.DataObject) -> None:
    """Two rows that changed places are both named, and nothing else is."""
    rows = chain(length)
    first, second = sorted(data.draw(st.sets(st.integers(0, length - 1), min_size=2, max_size=2)))
    rows[first], rows[second] = rows[second], rows[first]
    assert named(examine(rows)) == {first + 1: ChainFault.REORDERED, second + 1: ChainFault.REORDERED}


@settings(deadline=None)
@given(length=st.integers(1, 7), data=st.data())
def test_every_inserted_copy_is_named(length: int, data: st.DataObject) -> None:
    """A copy of a genuine row is named wherever it is put in."""
    rows = chain(length)
    copied = data.draw(st.integers(0, length - 1))
    where = data.draw(st.integers(0, length))
    found = named(examine([*rows[:where], replace(rows[copied]), *rows[where:]]))
    assert found == {copied + 1: ChainFault.INSERTED}


@settings(deadline=None)
@given(length=st.integers(1, 7), data=st.data())
def test_every_forged_row_is_named(length: int, data: st.DataObject) -> None:
    """A row written without the key is named wherever it is put in."""
    rows = chain(length)
    where = data.draw(st.integers(0, length - 1))
    claim = data.draw(st.integers(1, length))
    forged = replace(rows[where], seq=claim, kind="approval", body={"approved": True}, mac="ab" * 32)
    assert named(examine([*rows[:where], forged, *rows[where:]])) == {claim: ChainFault.INSERTED}


def test_a_forged_row_at_the_end_is_named() -> None:
    """A row added after the last without the key does not pass for the next one."""
    rows = chain(3)
    forged = append(
        rows[-1], at=AT, kind="approval", body={}, key=AuditKey("k1", b"a guess of 16 bytes or more")
    )
    assert named(examine([*rows, forged])) == {4: ChainFault.EDITED}


def test_rows_renumbered_after_a_removal_are_named() -> None:
    """Closing the gap by hand does not hide it: every renumbered row is named."""
    rows = chain(5)
    closed = [*rows[:2], *(replace(row, seq=row.seq - 1) for row in rows[3:])]
    assert named(examine(closed)) == {3: ChainFault.EDITED, 4: ChainFault.EDITED}


def test_a_chain_written_anew_is_told_from_the_one_exported() -> None:
    """The key's holder can write the chain anew, but not past an exported head."""
    rows = chain(4)
    anew = chain(4, bodies=[{"wave": n, "note": "never happened"} for n in range(4)])
    assert examine(anew).ok
    assert named(examine(anew, head_of(rows[-1], recovery_id=RECOVERY))) == {4: ChainFault.OTHER_CHAIN}


def test_a_signed_row_of_another_chain_does_not_fit_in() -> None:
    """A row signed by the right key for the same place of another chain breaks the links around it."""
    rows = chain(4)
    other = chain(4, bodies=[{"wave": n, "note": "another run"} for n in range(4)])
    rows[1] = other[1]
    assert named(examine(rows)) == {2: ChainFault.BROKEN_LINK, 3: ChainFault.BROKEN_LINK}


def test_a_chain_is_bound_to_its_recovery() -> None:
    """The chain of one recovery cannot be shown as the chain of another."""
    rows = chain(2)
    assert named(verify(rows, KEYS, recovery_id="rec_02")) == {1: ChainFault.EDITED, 2: ChainFault.EDITED}
    head = head_of(rows[-1], recovery_id="rec_02")
    assert named(examine(rows, head)) == {0: ChainFault.OTHER_CHAIN}


def test_keys_rotate() -> None:
    """A chain goes on under a new key; without the old key its rows are named as unproved."""
    rows = chain(2)
    rows.append(append(rows[-1], at=AT, kind="end", body={}, key=NEXT_KEY, recovery_id=RECOVERY))
    assert examine(rows).ok
    only_new = {NEXT_KEY.id: NEXT_KEY.secret}
    found = named(verify(rows, only_new, recovery_id=RECOVERY))
    assert found == {1: ChainFault.UNKNOWN_KEY, 2: ChainFault.UNKNOWN_KEY}


@pytest.mark.parametrize(
    "change", [{"seq": None}, {"mac": None}, {"body": {"x": float("nan")}}, {"mac": "é"}, {"seq": 10**12}]
)
def test_garbage_in_a_row_is_named_and_never_raises(change: dict[str, Any]) -> None:
    """Whatever stands in a row, verify answers with a sentence."""
    rows = chain(3)
    rows[1] = replace(rows[1], **change)
    result = examine(rows)
    assert named(result) == {2: ChainFault.EDITED}
    assert result.problems[0].message.startswith("Row 2 was edited")
    assert result.count == 2


def test_times_are_written_in_utc() -> None:
    """The same moment is written the same way from any zone, and a time without a zone is refused."""
    sydney = AT.astimezone(timezone(timedelta(hours=11)))
    assert append(None, at=sydney, kind="x", body={}, key=KEY) == append(
        None, at=AT, kind="x", body={}, key=KEY
    )
    with pytest.raises(ValueError, match="zone"):
        append(None, at=AT.replace(tzinfo=None), kind="x", body={}, key=KEY)


@pytest.mark.parametrize(
    "body", [{"x": float("inf")}, {"x": float("nan")}, {"x": object()}, {1: "a", "b": 2}]
)
def test_only_json_is_signed(body: Any) -> None:
    """What no reader could check is refused in a sentence instead of being signed."""
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        append(None, at=AT, kind="x", body=body, key=KEY)


def test_the_secret_is_neither_short_nor_shown() -> None:
    """A key that can be guessed is refused, and no repr shows one."""
    with pytest.raises(ValueError, match="shorter than 16"):
        AuditKey("k1", b"short")
    assert "secret" not in repr(KEY)


def test_canonical_json_is_one_text() -> None:
    """The order of keys and the script of texts do not change what is signed."""
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"\\u00e9","b":1}'
