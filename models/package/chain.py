"""The audit chain of a package, as far as it can be followed without its key."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from models.audit.links import FIRST, GENESIS
from models.package.schema import AuditFacts


def chain_faults(data: bytes, told: AuditFacts) -> Iterator[str]:
    """Yield what is wrong with the links in actions.jsonl: number, order, predecessor, end.

    That a link is genuine only the ledger's key can show; that none was taken out or moved shows here.
    """
    links: list[Mapping[str, Any]] = []
    for n, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        link = _link(line)
        if link is None:
            yield f"Line {n} of actions.jsonl is no entry of an audit: it needs seq, previous and mac."
            return
        links.append(link)
    yield from _counts(links, told)
    yield from _follows(links, told)


def _link(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kinds = {"seq": int, "previous": str, "mac": str}
    is_link = isinstance(found, dict) and all(type(found.get(name)) is kind for name, kind in kinds.items())
    return found if is_link else None


def _counts(links: list[Mapping[str, Any]], told: AuditFacts) -> Iterator[str]:
    if len(links) != told.in_file:
        yield f"actions.jsonl has {len(links)} entries and the manifest tells of {told.in_file}."
    if links and (links[-1]["seq"], links[-1]["mac"]) != (told.last_seq, told.last_mac):
        yield (
            f"The last entry of actions.jsonl is {links[-1]['seq']} and not the one that the manifest names "
            f"({told.last_seq}): the end was changed or cut off."
        )


def _follows(links: list[Mapping[str, Any]], told: AuditFacts) -> Iterator[str]:
    seq = told.entries - told.in_file + FIRST
    before = GENESIS if seq == FIRST else None
    for link in links:
        if link["seq"] != seq:
            yield f"Entry {seq} of the audit is missing: entry {link['seq']} stands in its place."
            return
        if before is not None and link["previous"] != before:
            yield f"Entry {seq} of the audit does not follow the one before it: one of the two was changed."
        seq, before = seq + 1, link["mac"]
