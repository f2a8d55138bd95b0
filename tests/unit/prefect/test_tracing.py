"""Traces: a span for each step and level where somebody collects them, silence where nobody does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from deployments.sandbox.in_memory.platform import open_fake
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from tasks import tracing
from tasks.context import Case, RunContext
from tasks.prefect import flow, task
from tests.fakes.bench import Bench, settings_of
from tests.integration.scenes import JOB
from tests.sure import sure

PHONE = "+447700900001"
Spans = Callable[[], tuple[ReadableSpan, ...]]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    """Return the spans of a block whose traces are collected, kept in memory."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(tracing, "tracer_of_environment", lambda: provider.get_tracer("test"))
    return kept.get_finished_spans


def about(span: ReadableSpan) -> dict[str, object]:
    """Return what a span says of itself."""
    return dict(sure(span.attributes))


@flow(name="Level 1")
def climb(ctx: RunContext | None, words: str = "") -> str:
    """Do two steps."""
    return look(ctx) + act(ctx, words)


@task(name="Look")
def look(_ctx: RunContext | None) -> str:
    """Look."""
    return "looked, "


@task(name="Act")
def act(_ctx: RunContext | None, words: str) -> str:
    """Act, or fail with words."""
    if words:
        raise ValueError(words)
    return "acted"


def context_of(bench: Bench) -> RunContext:
    """Return a context with a claim."""
    fake, _ = open_fake("permit-leak", 1, clock=bench.clock, contacts=5)
    here = RunContext(
        workspace="shop",
        ledger=bench.ledger,
        platform=fake,
        policy=Policy.model_validate({}),
        table=ReasonTable.packaged(),
        home=bench.home,
        secret=b"",
        case=Case(JOB[2]),
    )
    here.claim = bench.claim
    return here


def test_steps_and_levels_are_spans_under_each_other(spans: Spans, tmp_path: Path) -> None:
    """A level is the parent of its steps, and says which recovery and job it is about."""
    assert climb(context_of(Bench(settings_of(tmp_path), tmp_path))) == "looked, acted"
    first, second, parent = spans()
    assert [one.name for one in (first, second, parent)] == ["Look", "Act", "Level 1"]
    above = sure(parent.context).span_id
    assert sure(first.parent).span_id == sure(second.parent).span_id == above
    shared = {"ringback.job": "job-1", "ringback.workspace": "shop", "ringback.recovery": "r_1"}
    assert about(first) == {"ringback.kind": "step", **shared}
    assert about(parent) == {"ringback.kind": "level", **shared}


def test_an_error_leaves_its_type_and_no_words(spans: Spans) -> None:
    """A step that fails is a failed span; what the error says, which may hold a number, is not in it."""
    with pytest.raises(ValueError, match="447700900001"):
        climb(None, f"the platform says {PHONE}")
    failed = [one for one in spans() if one.status.status_code is StatusCode.ERROR]
    assert [one.name for one in failed] == ["Act", "Level 1"]
    assert failed[0].status.description == "ValueError"
    assert all("7700900001" not in one.to_json() for one in spans())
    assert all(one.events == () for one in spans())


@pytest.fixture
def fresh() -> Iterator[None]:
    """Ask the environment anew, before and after."""
    tracing.tracer_of_environment.cache_clear()
    yield
    tracing.tracer_of_environment.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_without_an_endpoint_nobody_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no endpoint is set there are no spans, and what is traced runs as it is."""
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert tracing.tracer_of_environment() is None
    assert climb(None) == "looked, acted"


@pytest.mark.usefixtures("fresh")
def test_without_the_package_nobody_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint without the extra installed is no fault."""
    monkeypatch.setenv(tracing.ENDPOINTS[0], "http://127.0.0.1:9")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    assert tracing.tracer_of_environment() is None
    assert climb(None) == "looked, acted"


@pytest.mark.usefixtures("fresh")
def test_with_an_endpoint_one_tracer_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint makes a tracer, once for a process."""
    monkeypatch.setenv(tracing.ENDPOINTS[0], "http://127.0.0.1:9")
    assert tracing.tracer_of_environment() is tracing.tracer_of_environment() is not None


def test_a_claim_is_needed_for_the_recovery_only(spans: Spans, tmp_path: Path) -> None:
    """Before the claim a span names the job and no recovery."""
    here = context_of(Bench(settings_of(tmp_path), tmp_path))
    here.claim = None
    look(here)
    assert "ringback.recovery" not in about(spans()[0])
