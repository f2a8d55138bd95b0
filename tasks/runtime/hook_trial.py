"""A test of one source of hooks: what the settings make of a sample, and what the running gateway says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from models.errors import RingbackError
from models.hooks.body import json_object
from models.hooks.delivery import HookDelivery
from models.hooks.ids import shown_ticket
from models.hooks.reading import HookReading, ReadingKind, read
from models.hooks.rehearsal import Sample, fields_read, sample_of, signed
from models.hooks.schemes import Signed
from models.hooks.source import HookSource
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.settings.hooks import HookSettings
from tasks.runtime.settings.secret_text import PREFIX
from tasks.runtime.settings.settings import Settings, SettingsError

SECONDS = 10.0
WOULD = {
    ReadingKind.WISH: "ask for a recovery",
    ReadingKind.IGNORED: "acknowledge it and start nothing",
    ReadingKind.FAULTY: "refuse it",
    ReadingKind.FOREIGN: "refuse it with 403",
    ReadingKind.UNREADABLE: "refuse it with 400",
}
"""What the gateway does with a genuine hook of each kind."""


class HookTrialError(RingbackError):
    """The gateway could not be asked, or what answered is none that knows tests."""

    next_action = "Start `ringback gateway`, or name its address with --url."


@dataclass(frozen=True)
class HookTrial:
    """One source with the sample that is tried on it."""

    settings: Settings
    source: HookSource
    sample: Sample
    now: datetime

    @property
    def address(self) -> str:
        """Return where the gateway of the settings answers."""
        gateway = self.settings.gateway
        host = "127.0.0.1" if gateway.host in {"0.0.0.0", "::"} else gateway.host  # noqa: S104  compared only
        return gateway.url or f"http://{host}:{gateway.port}"

    def findings(self) -> dict[str, Any]:
        """Return what the settings make of the sample: the signature, each field, and what would be done."""
        delivery = signed(self.source, self.sample, self.now, for_test=False)
        checked = self.source.check(delivery)
        body = json_object(self.sample.body)
        told = self.settings.hooks[self.source.name]
        return {
            "source": self.source.name,
            "scheme": scheme_words(self.source, told),
            "secrets": [secret_words(one.get_secret_value()) for one in told.secret],
            "workspace": self.source.workspace,
            "fields": [one.as_json() for one in fields_read(self.source, body)] if body else [],
            "unfilled": list(self.sample.unfilled),
            **(_would(self.source, read(self.source, delivery)) if checked.ok else _refused(checked.why)),
        }

    def ask(self, address: str = "", transport: httpx.BaseTransport | None = None) -> dict[str, Any]:
        """Send the sample to a gateway, signed as a test; return what it would have done.

        Raises HookTrialError where nobody answers, or nobody who knows tests.
        """
        base = (address or self.address).rstrip("/")
        url = base if base.endswith(f"/hooks/{self.source.name}") else f"{base}/hooks/{self.source.name}"
        delivery = signed(self.source, self.sample, self.now, for_test=True)
        try:
            with httpx.Client(transport=transport, timeout=SECONDS, trust_env=False) as client:
                answer = client.post(url, content=delivery.body, headers=_on_the_wire(delivery))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HookTrialError(f"No gateway answers at {url} ({type(error).__name__}).") from None
        return {"url": url, **_heard(answer, self.source.name)}


def hook_trial(settings: Settings, name: str, now: datetime, body: bytes | None = None) -> HookTrial:
    """Return the test of a source; raises SettingsError where the settings name none or it cannot be used."""
    told = settings.hooks.get(name)
    if told is None:
        known = ", ".join(settings.hooks) or "none"
        raise SettingsError(f"The settings have no [hooks.{name}]. Known: {known}.")
    source = make_sources({name: told}, settings.workspace)[name]
    return HookTrial(settings, source, sample_of(source, now, body), now)


def scheme_words(source: HookSource, told: HookSettings) -> str:
    """Say how the source signs and what is checked."""
    verifier = source.verifier
    if not isinstance(verifier, Signed):
        return f"{told.scheme}: the secret itself in the header {verifier.header}"
    late = f", {verifier.tolerance:.0f} s of difference in time allowed" if verifier.stamp else ""
    return f"{told.scheme}: HMAC-{verifier.digest.upper()} in the header {verifier.header}{late}"


def secret_words(text: str) -> str:
    """Say where a secret comes from; nothing of it is shown."""
    if text.startswith(PREFIX):
        return f"the environment variable {text.removeprefix(PREFIX).strip()}"
    return "written out in ringback.toml"


def _would(source: HookSource, reading: HookReading) -> dict[str, Any]:
    ask = reading.ask
    return {
        "would": WOULD[reading.kind],
        "starts": reading.kind is ReadingKind.WISH,
        "words": reading.message,
        "job_id": ask.job_id if ask else "",
        "asks_in": source.workspace if ask else "",
        "ticket": shown_ticket(ask.ticket if ask else reading.ticket),
        "approval": ask.approval if ask else "",
    }


def _refused(why: str) -> dict[str, Any]:
    told = {"would": "refuse it with 401", "starts": False, "words": why}
    return told | dict.fromkeys(("job_id", "asks_in", "ticket", "approval"), "")


def _on_the_wire(delivery: HookDelivery) -> Mapping[str, str]:
    return dict(delivery.headers)


def _heard(answer: httpx.Response, name: str) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    told = found if isinstance(found, dict) else {}
    if answer.is_success and told.get("test") is True:
        return told
    reasons = {
        401: f"runs with another secret for [hooks.{name}], or with an older build: start it again",
        404: f"knows no source {name}: it runs with other settings",
    }
    why = reasons.get(answer.status_code, "is none that knows tests")
    raise HookTrialError(f"What answers there {why} (it answered {answer.status_code}). Nothing was started.")
