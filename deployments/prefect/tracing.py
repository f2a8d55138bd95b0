"""Traces through OpenTelemetry: a span for each level and step of the ladder, where somebody collects them.

Install the extra `ringback[otel]` and set OTEL_EXPORTER_OTLP_ENDPOINT. Without either nothing happens. A span
holds names and ids of recoveries and jobs, no contact and no number, and of an error its type only.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from tasks.conductor import Artifact, Conductor
from tasks.context import current_context

R = TypeVar("R")
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Traced:
    """A conductor that leaves a span of each step and level behind."""

    def __init__(self, inner: Conductor, tracer: Any) -> None:
        self._inner = inner
        self._tracer = tracer

    def step(self, name: str, act: Callable[[], R], *, reads: bool) -> R:
        """Run one step within a span."""
        with self._span(name, "step"):
            return self._inner.step(name, act, reads=reads)

    def level(self, name: str, act: Callable[[], R]) -> R:
        """Run one level within a span."""
        with self._span(name, "level"):
            return self._inner.level(name, act)

    def publish(self, artifact: Artifact) -> None:
        """Pass on."""
        self._inner.publish(artifact)

    @contextmanager
    def _span(self, name: str, kind: str) -> Iterator[None]:
        from opentelemetry.trace import Status, StatusCode

        about = {"ringback.kind": kind, **_where()}
        with self._tracer.start_as_current_span(
            name, attributes=about, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                # An error's words may quote a platform; its type cannot.
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise


def _where() -> dict[str, str]:
    try:
        ctx = current_context()
    except LookupError:
        return {}
    found = {"ringback.job": ctx.case.job_id, "ringback.workspace": ctx.workspace}
    return found | ({"ringback.recovery": ctx.claim.recovery_id} if ctx.claim else {})


def traced(inner: Conductor) -> Conductor:
    """Return the conductor with spans around it, or as it is where nobody collects any."""
    tracer = _tracer()
    return inner if tracer is None or isinstance(inner, Traced) else Traced(inner, tracer)


@cache
def _tracer() -> Any:
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
