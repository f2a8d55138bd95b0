"""Traces through OpenTelemetry: a span for each flow and task of the ladder, where somebody collects them.

Install the extra `ringback[otel]` and set OTEL_EXPORTER_OTLP_ENDPOINT. Without either nothing happens. A span
holds names and ids of recoveries and jobs, no contact and no number, and of an error its type only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from tasks.context import RunContext

_OWN = "ringback."
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_about: ContextVar[RunContext | None] = ContextVar("about", default=None)


@contextmanager
def span(name: str, kind: str, about: object) -> Iterator[None]:
    """Leave a span of what happens within, about a run where it is given; nothing where nobody collects."""
    token = _about.set(about if isinstance(about, RunContext) else _about.get())
    try:
        with _traced(name, kind, about):
            yield
    finally:
        _about.reset(token)


def where_now() -> dict[str, str]:
    """Return the job, the workspace and the recovery of the step that this code is in, for a log."""
    return {name.removeprefix(_OWN): value for name, value in _where(_about.get()).items() if value}


@contextmanager
def _traced(name: str, kind: str, about: object) -> Iterator[None]:
    tracer = tracer_of_environment()
    if tracer is None:
        yield
        return
    from opentelemetry.trace import Status, StatusCode

    attributes = {"ringback.kind": kind, **_where(about)}
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as mine:
        try:
            yield
        except BaseException as error:
            # An error's words may quote a platform; its type cannot.
            mine.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _where(about: object) -> dict[str, str]:
    if not isinstance(about, RunContext):
        return {}
    found = {f"{_OWN}job": about.case.job_id, f"{_OWN}workspace": about.workspace}
    return found | ({f"{_OWN}recovery": about.claim.recovery_id} if about.claim else {})


@cache
def tracer_of_environment() -> Any:
    """Return what makes spans, None where nobody collects any."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": "ringback"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("ringback")
