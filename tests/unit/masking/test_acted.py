"""The actions of a package say who approved and which process held the job, and no number or secret."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.unit.diagnostics_example import NUMBERS, example
from tests.unit.masking.test_package import build, contents

HOST = "vm-4/0f3c9a12/4026531836"


def actions(tmp_path: Path, *told: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the bodies of the actions as a package shows them."""
    rows = tuple({"seq": n, "kind": kind, "body": body} for n, (kind, body) in enumerate(told, 1))
    lines = contents(build(tmp_path, replace(example(), actions=rows)))["actions.jsonl"].decode().splitlines()
    return [json.loads(line)["body"] for line in lines]


def test_who_approved_is_named(tmp_path: Path) -> None:
    """Only the domain of an address is masked; a number in its place is masked as everywhere."""
    people = ["root@vm", "Ana <ana.lee@acme.example>", "ana", f"{NUMBERS[0]}@acme.example"]
    shown = actions(tmp_path, *(("approved", {"by": by, "reason": "ask bob@x.example"}) for by in people))
    assert [body["by"] for body in shown[:3]] == ["root@[domain]", "Ana <ana.lee@[domain]>", "ana"]
    assert NUMBERS[0].lstrip("+") not in shown[3]["by"]
    assert {body["reason"] for body in shown} == {"ask [e-mail]"}


def test_a_claim_keeps_its_token_and_host(tmp_path: Path) -> None:
    """The fencing token is a count and no secret, and the host's figures are no phone number."""
    (claim,) = actions(tmp_path, ("claimed", {"token": 1, "host": HOST}))
    assert claim == {"token": 1, "host": HOST}


def test_what_is_no_claim_stays_redacted(tmp_path: Path) -> None:
    """A token in words, one of another entry, and a host that holds a contact's number do not leave."""
    named = f"pc-{NUMBERS[0].lstrip('+')}"
    words, other = actions(
        tmp_path, ("claimed", {"token": "hunter2x", "host": named}), ("sent", {"token": "s3"})
    )
    assert words["token"] == other["token"] == "[redacted secret]"
    assert NUMBERS[0].lstrip("+") not in words["host"]
