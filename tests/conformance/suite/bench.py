"""An adapter on a wire of the suite's own: whatever it asks is answered as a rule wants it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx

from models.enums import ContactStatus, JobStatus
from models.moments import unix
from models.plan.markers import VARIABLE
from models.platform import Contact, Draft, Job
from models.policy.policy import Policy
from tasks.platforms.port import Platform
from tasks.runtime.mappings import load_mapping
from tasks.runtime.wiring import make_platform, open_runtime
from tests.conformance.suite.here import URL
from tests.conformance.suite.site import Site
from tests.fakes.voqo import TickingClock
from tests.plain_settings import plain_settings

KEY = "key-of-the-suite"
MARKER = "rb-r_05a9f21adc-1"
NUMBER = "+61491570006"
Answer = Callable[[httpx.Request], httpx.Response | None]


class Bench(Protocol):
    """What a rule needs: an adapter, a job that it may ask for, and the say over every answer."""

    job: str
    key: str

    def platform(self) -> Platform:
        """Return the adapter."""
        ...

    def answering(self, answer: Answer) -> None:
        """Answer every request so from now on."""
        ...


class OnSite:
    """The adapter of a site, whose façade is not asked."""

    def __init__(self, site: Site) -> None:
        self.site, self.job, self.key = site, site.job, site.here.key

    def platform(self) -> Platform:
        """Return the adapter, which has been asked what it can do before the rule's own answers begin."""
        answers, self.site.here.intercept = self.site.here.intercept, lambda _request: None
        made = self.site.platform()
        assert made.capabilities
        self.site.here.intercept = answers
        return made

    def answering(self, answer: Answer) -> None:
        """Answer every request so from now on."""
        self.site.here.intercept = answer


class OnMapping:
    """The adapter of any mapping file, whichever platform it describes."""

    job, key = "job_1", KEY

    def __init__(self, mapping: Path, home: Path) -> None:
        self.mapping = load_mapping(mapping)
        self._answer: Answer = lambda _request: httpx.Response(404)
        told: dict[str, Any] = {"platform": "http", "platform_url": URL, "platform_key": KEY, "home": home}
        settings = plain_settings(**told, platform_mapping=mapping)
        self._clock = TickingClock()
        self._opened = open_runtime(settings, clock=self._clock)

    def platform(self) -> Platform:
        """Return the adapter."""
        way = httpx.MockTransport(lambda request: self._answer(request) or httpx.Response(404))
        opened = self._opened
        return make_platform(
            opened.settings, Policy.model_validate({}), self._clock, way, ledger=opened.ledger
        )

    def answering(self, answer: Answer) -> None:
        """Answer every request so from now on."""
        self._answer = answer


def draft(job_id: str) -> Draft:
    """Return a wave of one contact."""
    source = Job(
        id=job_id, name="x", status=JobStatus.RUNNING, raw_status="running", total=1, dispatched=0,
        finished=0, created_at=unix(0), seen_at=unix(0), agent_id="agent_1", number_id="num_1",
    )  # fmt: skip
    said = {"dynamic_variables": {"name": "Kim"}, "name": "Kim", VARIABLE: MARKER}
    row = Contact("c1", NUMBER, ContactStatus.NOT_DIALED, "planned", payload=said)
    return Draft(MARKER, source, (row,), 1)
