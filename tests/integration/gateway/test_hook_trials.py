"""`ringback hook test`: what a hook would lead to is said, and nothing can come of the test itself."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from models.hooks.delivery import HookDelivery
from models.hooks.rehearsal import JOB, for_tests, sample_of, secret_of_tests, signed
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tasks.runtime.hook_trial import HookTrial, HookTrialError, hook_trial
from tasks.runtime.settings.settings import SettingsError
from tests.gateway_kit import SCHEMES, SECRET, WHSEC, Gate, sources, wish
from tests.integration.gates import rows, run
from tests.plain_settings import plain_settings

PHONE = "+61491570156"


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock) -> Gate:
    """Return a gateway with a source of every scheme."""
    return Gate(ledger, clock)


@pytest.fixture
def over(gate: Gate) -> httpx.BaseTransport:
    """Return the wire to the gateway."""

    async def asked(request: httpx.Request) -> httpx.Response:
        async with gate.client() as client:
            return await client.post(request.url.path, content=request.content, headers=request.headers)

    def pass_on(request: httpx.Request) -> httpx.Response:
        answer = run(asked(request))
        return httpx.Response(answer.status_code, content=answer.content)

    return httpx.MockTransport(pass_on)


def tried(
    home: Path, gate: Gate, name: str = "zendesk", body: bytes | None = None, **table: Any
) -> HookTrial:
    """Return the test of a source whose settings are the gateway's own, but for what is given."""
    secret = WHSEC if name == "standard" else SECRET
    told = {"scheme": name, "secret": secret} | table
    settings = plain_settings(home=home, workspace="shop", hooks={name: told})
    return hook_trial(settings, name, gate.clock.now(), body)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_sample_of_every_scheme_is_read_and_starts_nothing(
    tmp_path: Path, gate: Gate, over: httpx.BaseTransport, scheme: str
) -> None:
    """Settings and gateway agree on job, workspace and ticket; the inbox stays empty and no run is made."""
    trial = tried(tmp_path, gate, scheme)
    found, told = trial.findings(), trial.ask("http://gate", over)
    for one in (found, told):
        assert one["starts"], one
        assert (one["job_id"], one["asks_in"], one["approval"]) == (JOB, "shop", "ask")
        assert one["ticket"].startswith(f"{scheme}:")
    assert told["test"] is True
    assert rows(gate.ledger) == []
    gate.worker.turns()
    assert gate.starter.runs == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_test_passes_for_a_hook_and_no_hook_for_a_test(clock: VirtualClock, scheme: str) -> None:
    """Whoever adds to a real hook cannot make it a test, and a test is refused by whoever knows no tests."""
    source = sources()[scheme]
    now = clock.now()
    made = sample_of(source, now)
    real, test = (signed(source, made, now, for_test=one) for one in (False, True))
    assert (source.check(real).ok, for_tests(source).check(real).ok) == (True, False)
    assert (source.check(test).ok, for_tests(source).check(test).ok) == (False, True)
    marked = HookDelivery({**real.headers, "x-ringback-test": "1", "test": "true"}, real.body, now)
    assert source.check(marked).ok


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_real_hook_is_taken_beside_a_test_of_the_same_body(
    tmp_path: Path, gate: Gate, over: httpx.BaseTransport, scheme: str
) -> None:
    """A test before it takes nothing from a hook: it is received as ever, and its recovery is started."""
    body = wish(scheme, at=gate.clock.now().timestamp())
    assert tried(tmp_path, gate, scheme, json.dumps(body).encode()).ask("http://gate", over)["starts"]
    assert run(gate.send(scheme, body)).json()["state"] == "received"
    gate.worker.turns()
    assert len(gate.starter.runs) == 1


def test_a_test_says_whom_it_would_join(tmp_path: Path, gate: Gate, over: httpx.BaseTransport) -> None:
    """Where the job was asked for already a hook would join it; the test says so and joins nothing."""
    asked = run(gate.send("zendesk", wish("zendesk", "j-17"))).json()
    before = [row.id for row in rows(gate.ledger)]
    told = tried(tmp_path, gate, body=json.dumps(wish("zendesk", "j-17", ticket="4712")).encode()).ask(
        "http://gate", over
    )
    assert (told["state"], told["joined"], told["starts"]) == ("joined", asked["request_id"], False)
    assert [row.id for row in rows(gate.ledger)] == before


@pytest.mark.parametrize(
    ("body", "state", "said"),
    [
        (b"{", "failed", "no JSON object"),
        (b'{"ticket_id": "1", "job_id": "j-17", "workspace": "elsewhere"}', "refused", "another workspace"),
        (b'{"ticket_id": "1", "title": "stuck"}', "refused", "names no job"),
        (b'{"ticket_id": "1", "job_id": "j-17", "tags": "ringback"}', "ignored", "our tag"),
        (f'{{"ticket_id": "1", "job_id": "{PHONE}"}}'.encode(), "refused", "looks like a phone number"),
    ],
)
def test_what_would_be_refused_is_said_with_its_reason(
    tmp_path: Path, gate: Gate, over: httpx.BaseTransport, body: bytes, state: str, said: str
) -> None:
    """The same sentence from the settings and from the gateway; a number is never repeated."""
    trial = tried(tmp_path, gate, body=body)
    found, told = trial.findings(), trial.ask("http://gate", over)
    assert (found["starts"], told["starts"], told["state"]) == (False, False, state)
    for one in (found, told):
        assert said in one["words"]
        assert PHONE not in json.dumps(one)


def test_where_each_field_was_found_is_said(tmp_path: Path, gate: Gate) -> None:
    """Of several places the one that held something is named; a field map of one's own is filled."""
    found = tried(tmp_path, gate, body=b'{"ticket": "T-1", "data": {"job_id": "j-17"}}').findings()
    fields = {one["field"]: one for one in found["fields"]}
    assert (fields["job_id"]["read_from"], fields["job_id"]["found"]) == ("data.job_id", "j-17")
    assert fields["ticket"]["found"] == "nothing"
    own = tried(tmp_path, gate, "jira", fields={"job_id": "issue.fields.customfield_10051"}).findings()
    fields = {one["field"]: one for one in own["fields"]}
    assert fields["job_id"]["found"] == JOB
    hard = tried(tmp_path, gate, "jira", fields={"job_id": "issue.list[?a=='b'] | [0]"}).findings()
    assert hard["unfilled"] == ["job_id"]


def test_a_gateway_with_another_secret_is_told_apart(
    tmp_path: Path, gate: Gate, over: httpx.BaseTransport
) -> None:
    """A gateway that was not started anew refuses, and the sentence says what to do."""
    trial = tried(tmp_path, gate, secret="another-secret-of-theirs")
    with pytest.raises(HookTrialError, match="another secret"):
        trial.ask("http://gate", over)
    with pytest.raises(HookTrialError, match="No gateway answers"):
        trial.ask("http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="Known: zendesk"):
        hook_trial(trial.settings, "other", gate.clock.now())


def test_the_secret_never_goes_over_the_wire(tmp_path: Path, gate: Gate) -> None:
    """Whatever address is given, it hears neither the secret nor a signature that a gateway would take."""
    heard: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return httpx.Response(200, json={"state": "received"})

    with pytest.raises(HookTrialError, match="none that knows tests"):
        tried(tmp_path, gate, "token").ask("http://elsewhere", httpx.MockTransport(answer))
    sent = " ".join(heard[0].headers.values()) + heard[0].content.decode()
    assert SECRET not in sent
    assert secret_of_tests(SECRET.encode()).decode() in sent


def test_the_command_shows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal names the variable that holds the secret, each field, and what would be done."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path))
    monkeypatch.setenv("DESK_SECRET", SECRET)
    (tmp_path / "ringback.toml").write_text('[hooks.zendesk]\nsecret = "env:DESK_SECRET"\n')
    told = CliRunner().invoke(app, ["hook", "test", "zendesk"], prog_name="ringback")
    assert told.exit_code == 0, told.output
    assert "DESK_SECRET" in told.output
    assert SECRET not in told.output
    assert JOB in told.output
