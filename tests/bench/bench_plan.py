"""Measures the plan of a large job, from the platform's answer to the plan's hash, beside a bare parse.

The rival decodes the same answer with `json` and the same upload with `csv`, and judges nobody.
"""

import csv
import io
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from flows.triage import check_the_job
from models.audit.chain import AuditKey
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.runtime.database import open_ledger
from tests.bench.child import in_child, peak_mb
from tests.bench.rows import Row, growth, in_turn

SIZES = (1000, 32_000, 256_000)
LARGE = 100_000
"""Rows of a job from which on a plan is made once, whatever the rounds: it takes a minute."""
NOW = 1_790_000_000
KEY = AuditKey("bench", b"this key protects a measurement and nothing else")
STATUSES = ("completed", "pending", "voicemail", "pending")
HERE = "tests.bench.bench_plan"


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Return the plan of a job beside a bare parse, by the size of the job, and how it grows."""
    rows = [_row(1 if size >= LARGE else rounds, size) for size in sizes]
    loads = [load for row in rows for load in row.load]
    return [*rows, *growth("growth of a plan with its rows", sizes, [min(row.ours) for row in rows], loads)]


def _row(rounds: int, rows: int) -> Row:
    found, load = in_turn(
        rounds,
        ours=lambda: in_child(f"{HERE}:planned", rows=rows),
        rival=lambda: in_child(f"{HERE}:parsed", rows=rows),
    )
    ours, rival = ([one["cpu"] for one in found[name]] for name in ("ours", "rival"))
    peaks = {
        f"{word} peak MB": median(one["peak"] for one in found[name])
        for word, name in (("our", "ours"), ("its", "rival"))
    }
    return Row(f"plan of {rows:,} rows", "CPU s", ours, "json + csv bare parse", rival, None, load, peaks)


def planned(rows: int) -> dict[str, float]:
    """Look at the job and plan it."""
    answers = _Answers(rows)
    with TemporaryDirectory() as folder:
        clock = VirtualClock(datetime.fromtimestamp(NOW, UTC))
        ctx = RunContext(
            workspace="bench",
            ledger=open_ledger(f"sqlite:///{Path(folder) / 'ledger.db'}", KEY, clock=clock),
            platform=ElevenLabs(
                "https://voice.example", "key", clock=clock, transport=httpx.MockTransport(answers)
            ),
            policy=Policy.model_validate({"default_region": "AU"}),
            table=ReasonTable.packaged(),
            home=Path(folder),
            secret=KEY.secret,
            case=Case("btcal_1"),
        )
        begun = time.process_time()
        check_the_job(ctx)
        if ctx.case.plan is None or len(ctx.case.plan.contacts) != rows:
            raise SystemExit("the plan does not hold every row, so it measures nothing")
        return _told(begun)


def parsed(rows: int) -> dict[str, float]:
    """Decode the same answer and the same upload."""
    answers = _Answers(rows)
    begun = time.process_time()
    statuses = {one["id"]: one["status"] for one in json.loads(answers.job)["recipients"]}
    numbers = [row["phone_number"] for row in csv.DictReader(io.StringIO(answers.upload))]
    if len(statuses) != rows or len(numbers) != rows:
        raise SystemExit("not every row was parsed, so it measures nothing")
    return _told(begun)


def _told(begun: float) -> dict[str, float]:
    return {"cpu": time.process_time() - begun, "peak": peak_mb()}


class _Answers:
    """A platform of one job in bytes: nothing but the job is there, and nobody is on the line."""

    def __init__(self, rows: int) -> None:
        job = {
            "id": "btcal_1",
            "name": "Spring",
            "status": "in_progress",
            "agent_id": "agent_1",
            "phone_number_id": "phnum_1",
            "created_at_unix": NOW - 9000,
            "scheduled_time_unix": NOW - 9000,
            "last_updated_at_unix": NOW - 3000,
            "total_calls_scheduled": rows,
            "total_calls_dispatched": sum(_status(n) != "pending" for n in range(rows)),
            "total_calls_finished": sum(_status(n) != "pending" for n in range(rows)),
            "retry_count": 0,
        }
        self.listed = json.dumps({"batch_calls": [job], "next_doc": None, "has_more": False}).encode()
        self.job = json.dumps({**job, "recipients": [_recipient(n) for n in range(rows)]}).encode()
        self.upload = "name,phone_number\n" + "".join(f"Ana {n},{_phone(n)}\n" for n in range(rows))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer what triage asks."""
        path = request.url.path
        bodies: dict[str, Any] = {
            "/v1/convai/batch-calling/btcal_1": self.job,
            "/v1/convai/batch-calling/workspace": self.listed,
            "/v1/convai/analytics/live-count": b'{"count": 0}',
            "/v1/convai/conversations": b'{"conversations": [], "has_more": false}',
            "/v1/convai/phone-numbers": b'[{"phone_number_id": "phnum_1", "phone_number": "+61255501234"}]',
            "/v1/convai/agents/agent_1": b'{"agent_id": "agent_1", "platform_settings": {}}',
        }
        if path not in bodies:
            return httpx.Response(404, json={"detail": "not found"})
        return httpx.Response(200, content=bodies[path], headers={"content-type": "application/json"})


def _status(n: int) -> str:
    return STATUSES[n % len(STATUSES)]


def _phone(n: int) -> str:
    return f"+614{n:08d}"


def _recipient(n: int) -> dict[str, Any]:
    called = {"conversation_id": f"conv_{n}"} if _status(n) != "pending" else {"conversation_id": None}
    return {
        "id": f"rcpt_{n}",
        "phone_number": _phone(n),
        "status": _status(n),
        "created_at_unix": NOW - 9000,
        "updated_at_unix": NOW - 3000,
        "conversation_initiation_client_data": {"dynamic_variables": {"name": f"Ana {n}"}},
        **called,
    }
