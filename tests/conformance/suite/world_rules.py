"""Rules that need a platform which answers: stops, listings, times, unknown words, lost creates.

Each plays in a world of the sandbox and yields a sentence for whatever it should not have seen.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from deployments.sandbox.engine.entities import JobSubmission
from models.enums import Fence, Find, Reads
from models.platform import InvalidResponseError, PlatformError
from tests.conformance.suite.faces import fields
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.site import Site

Open = Callable[..., Site]
"""Opens a world with a stalled job; takes what `Site` takes beyond face and home."""
Rule = Callable[[Open], Iterator[str]]
ENDS = frozenset({"recovered", "held", "escalated"})
LONG_AGO = datetime.fromtimestamp(0, UTC)
MANY = 60
"""Jobs of a workspace: more than one page of any of our listings that has small pages."""
ZONED = re.compile(rb'(T\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|[+-]\d\d:\d\d)"')


def a_refused_stop_is_followed_by_a_read(open_site: Open) -> Iterator[str]:
    """Read after a stop that is answered 409: none while the job runs, good once it is over."""
    site = open_site()
    if site.face.capabilities.fence is Fence.PERSON:
        return
    refused = httpx.Response(409, json={"message": "not now"})
    site.here.intercept = _where(site.face.stop, refused)
    if not isinstance(_raised(lambda: site.platform().stop_job(site.job)), PlatformError):
        yield "a refused stop of a job that runs on is taken for a stop"
    site.here.world.cancel(site.here.scene.job)
    if raised := _raised(lambda: site.platform().stop_job(site.job)):
        yield f"a refused stop of a job that is over raises {type(raised).__name__}"


def a_listing_without_an_end_is_an_error(open_site: Open) -> Iterator[str]:
    """Take no page that comes again and again for all there is."""
    site = open_site()
    if site.face.capabilities.reads is Reads.HANDOVERS:
        return
    world, source = site.here.world, site.here.scene.job.order
    for n in range(MANY if site.face.capabilities.can_list_jobs else 0):
        world.submit(
            JobSubmission(f"job {n}", source.agent, source.number_id, ((None, "+61491570006", None),))
        )
    site.fault("page_size", n=5)
    first: dict[str, httpx.Response] = {}

    def stuck(path: str, response: httpx.Response) -> httpx.Response:
        return first.setdefault(path, response)

    site.here.edit = stuck
    platform = site.platform()
    if site.face.capabilities.can_list_jobs:
        raised = _raised(lambda: list(platform.list_jobs(LONG_AGO)))
    else:
        raised = _raised(lambda: list(platform.list_contacts(site.job)))
    if not isinstance(raised, PlatformError):
        yield f"a listing that repeats its first page for ever ends with {type(raised).__name__}"


def a_time_without_a_zone_is_not_guessed(open_site: Open) -> Iterator[str]:
    """Where times are texts, one that names no zone is refused; times that are numbers have one."""
    site = open_site()
    if site.face.capabilities.reads is Reads.HANDOVERS:
        return
    stripped: list[int] = []

    def strip(_path: str, response: httpx.Response) -> httpx.Response:
        body, count = ZONED.subn(rb'\1"', response.content)
        stripped.append(count)
        return httpx.Response(response.status_code, content=body)

    site.here.edit = strip
    raised = _raised(lambda: site.platform().get_job(site.job))
    if sum(stripped) and not isinstance(raised, InvalidResponseError):
        yield f"a time without a zone is taken for one, with {type(raised).__name__}"


def an_unknown_word_for_a_job_holds(open_site: Open) -> Iterator[str]:
    """Hold a job in a state that nobody documents: it is not stopped, and nobody is called."""
    site = open_site()
    if site.face.capabilities.reads is Reads.PLATFORM:
        site.fault("unknown_status", count=None)
    else:
        site.observe("Draining")
    told = site.run()
    if told["state"] != "held" or site.here.creates:
        yield f"it ends {told['state']} after {len(site.here.creates)} creates"
    if site.here.scene.job.status == "cancelled":
        yield "the job was stopped"


def an_answer_that_is_lost_calls_nobody_twice(open_site: Open) -> Iterator[str]:
    """Carried out and not answered: found by its token or marker, else held; nobody is asked for twice."""
    site = open_site()
    lost = iter([True])

    def cut(_body: Any) -> None:
        if next(lost, False):
            raise httpx.ReadError("cut")

    site.here.after = cut
    told = site.recover()
    yield from _once(site, told)
    found = site.face.capabilities.find is not Find.NEVER
    if found and (told["state"] != "recovered" or told["counts"]["unknown"]):
        yield f"it ends {told['state']}, {told['counts']['unknown']} unknown, though an answer can be found"


def a_create_that_never_arrived_calls_nobody_twice(open_site: Open) -> Iterator[str]:
    """Lost before it was carried out: without a token or an earned absence its people are held."""
    site = open_site()
    lost = iter([True])

    def lose(_body: Any) -> None:
        if next(lost, False):
            raise httpx.ReadTimeout("gone")

    site.here.before = lose
    told = site.recover()
    yield from _once(site, told)
    if site.face.capabilities.find is Find.TOKEN and told["state"] != "recovered":
        yield f"it ends {told['state']}, though a token can be asked about"
    if site.face.capabilities.find is not Find.TOKEN and not told["counts"]["unknown"]:
        yield "nobody is unknown, though nothing proves that the request made no call"


def _once(site: Site, told: Mapping[str, Any]) -> Iterator[str]:
    site.land()
    if told["state"] not in ENDS:
        yield f"it ends {told['state']}"
    yield from (f"{one.invariant}: {one.message}" for one in breaches(site))
    sent = Counter(repr(sorted(_without_token(body).items())) for body in site.here.creates)
    again = sum(count - 1 for count in sent.values())
    by_token = site.face.capabilities.find is Find.TOKEN
    if again and not by_token:
        yield f"{again} creates were sent again without a token"
    if by_token and len({repr(body) for body in site.here.creates}) != len(sent):
        yield "a create was sent again under another token"


def _without_token(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "idempotency_key"}


def nothing_undocumented_is_sent(open_site: Open) -> Iterator[str]:
    """Every request of a whole recovery has a path, parameters and fields that the platform documents."""
    site = open_site()
    site.recover()
    for one in site.here.sent:
        if not any(asks.fits(one) for asks in site.face.documented):
            yield f"{one.method} {one.path} with {sorted(one.query)} and {sorted(fields(one.body))}"


WORLD_RULES: tuple[Rule, ...] = (
    a_refused_stop_is_followed_by_a_read,
    a_listing_without_an_end_is_an_error,
    a_time_without_a_zone_is_not_guessed,
    an_unknown_word_for_a_job_holds,
    an_answer_that_is_lost_calls_nobody_twice,
    a_create_that_never_arrived_calls_nobody_twice,
    nothing_undocumented_is_sent,
)


def _where(pattern: str, answer: httpx.Response) -> Callable[[httpx.Request], httpx.Response | None]:
    fits = re.compile(pattern)

    def intercept(request: httpx.Request) -> httpx.Response | None:
        return answer if fits.fullmatch(f"{request.method} {request.url.path}") else None

    return intercept


def _raised(act: Callable[[], object]) -> Exception | None:
    try:
        act()
    except Exception as error:  # noqa: BLE001  which one it is, is what a rule asks
        return error
    return None
