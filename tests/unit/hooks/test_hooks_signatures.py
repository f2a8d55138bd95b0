"""Signatures: every scheme against vectors that were made without our verifier."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from models.hooks.delivery import HookDelivery, VerifiedDelivery
from models.hooks.schemes import Token, Verifier, standard_secret
from models.hooks.senders import INTERCOM, JIRA, LINEAR, PAGERDUTY, SENDERS, STANDARD, ZENDESK, Sender

NOW = datetime(2024, 5, 28, 14, 0, tzinfo=UTC)


def verifier(sender: Sender) -> Verifier:
    """Return a sender's scheme as its defaults have it."""
    return sender.verifier("", sender.tolerance)


def check(
    sender: Sender, headers: dict[str, str], body: bytes, *secrets: str, at: datetime = NOW
) -> VerifiedDelivery:
    """Judge a delivery."""
    named = {name.lower(): value for name, value in headers.items()}
    return verifier(sender).check(HookDelivery(named, body, at), [sender.key(one) for one in secrets])


# The literals were printed by `openssl dgst -hmac` unless a vendor's page is named.
ATLASSIANS = (
    "It's a Secret to Everybody",
    b"Hello World!",
    "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
)
"""Atlassian's own example, developer.atlassian.com, "Secure admin webhooks"."""


def test_jira_as_atlassian_shows_it() -> None:
    """The example of Atlassian's page is genuine, and is not with another digest named in the prefix."""
    secret, body, digest = ATLASSIANS
    assert check(JIRA, {"X-Hub-Signature": f"sha256={digest}"}, body, secret).ok
    for other in ("sha1=", "sha512=", "SHA256=", "", "sha256"):
        assert not check(JIRA, {"X-Hub-Signature": f"{other}{digest}"}, body, secret).ok


def test_zendesk_signs_time_and_body_without_a_separator() -> None:
    """A vector of openssl, with the secret that Zendesk uses for webhooks under test."""
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    headers = {
        "X-Zendesk-Webhook-Signature": "B7GO+W3B3dNXlJ5s7VU8ZXlk4xDv66w9N1InrsKzJp4=",
        "X-Zendesk-Webhook-Signature-Timestamp": "2021-03-25T05:09:27Z",
    }
    body, at = b'{"ticket_id":"4711","batch_job_id":"btcal_1"}', datetime(2021, 3, 25, 5, 10, tzinfo=UTC)
    found = check(ZENDESK, headers, body, secret, at=at)
    assert (found.ok, found.stamp) == (True, b"2021-03-25T05:09:27Z")
    assert not check(ZENDESK, headers, body, base64.b64decode(secret).decode(), at=at).ok
    moved = headers | {"X-Zendesk-Webhook-Signature-Timestamp": "2021-03-25T05:09:28Z"}
    assert not check(ZENDESK, moved, body, secret, at=at).ok
    late = check(ZENDESK, headers, body, secret, at=at + timedelta(hours=2))
    assert "s ago; 3600 s are allowed" in late.why


def test_pagerduty_takes_any_of_its_entries() -> None:
    """While a secret is changed two entries come; either one will do, in any place, and no other version."""
    right, wrong = "539157b908372c7dbdbf75fc8be9de12be39f31cedfc58e1c9398758198ab5b2", "0" * 64
    body = b'{"event":{"id":"01BSH"}}'
    for header in (f"v1={right}", f"v1={wrong},v1={right}", f"v1={right}, v1={wrong}", f"v0=x,v1={right}"):
        assert check(PAGERDUTY, {"X-PagerDuty-Signature": header}, body, "pd-secret").ok, header
    for header in (right, f"v2={right}", f"v1={wrong}", f"v1={right[:-1]}", f"v1 ={right}", "v1=", ","):
        assert not check(PAGERDUTY, {"X-PagerDuty-Signature": header}, body, "pd-secret").ok, header


def test_linear_is_late_after_five_minutes() -> None:
    """The time inside the signed body has to be near ours, on either side."""
    body = b'{"action":"create","type":"Issue","webhookTimestamp":1716904200000}'
    signature = "918541db9d01f02e841876eba4e1277de0fe5e325ad24e04140c7b1322580d1c"
    headers, signed = {"Linear-Signature": signature}, datetime(2024, 5, 28, 13, 50, tzinfo=UTC)
    for off in (0, 299, 300, -300):
        assert check(LINEAR, headers, body, "lin_wh_secret", at=signed + timedelta(seconds=off)).ok
    late = check(LINEAR, headers, body, "lin_wh_secret", at=signed + timedelta(seconds=301))
    early = check(LINEAR, headers, body, "lin_wh_secret", at=signed - timedelta(seconds=400))
    assert "signed 301 s ago" in late.why
    assert "signed 400 s ahead of our clock" in early.why


def test_linear_without_a_time_is_refused() -> None:
    """A genuine signature over a body without a time proves nothing about now."""
    for body in (
        b"{}",
        b"[]",
        b"\xff",
        b'{"webhookTimestamp":true}',
        b'{"webhookTimestamp":"1716904200000"}',
    ):
        signature = hmac.new(b"s", body, hashlib.sha256).hexdigest()
        assert "missing or is no time" in check(LINEAR, {"Linear-Signature": signature}, body, "s").why


def test_intercom_signs_with_sha1() -> None:
    """A vector of openssl; the prefix has to say sha1."""
    body = b'{"type":"notification_event","id":"notif_1","topic":"ping"}'
    right = "d2350c00af572cc3f44437d448d250a14b1365dc"
    assert check(INTERCOM, {"X-Hub-Signature": f"sha1={right}"}, body, "client-secret").ok
    assert not check(INTERCOM, {"X-Hub-Signature": f"sha256={right}"}, body, "client-secret").ok


@pytest.mark.parametrize("name", ["freshdesk", "servicenow", "token"])
def test_a_token_is_the_secret_itself(name: str) -> None:
    """Senders that sign nothing give the secret in a header; anything else there is refused."""
    sender = SENDERS[name]
    assert check(sender, {"X-Ringback-Token": "a-long-token"}, b"{}", "another", "a-long-token").ok
    for given_token in ("a-long-toke", "a-long-tokenn", "A-long-token", ""):
        assert not check(sender, {"X-Ringback-Token": given_token}, b"{}", "a-long-token").ok
    bearer = Token("Authorization").check(
        HookDelivery({"authorization": "Bearer t"}, b"", NOW), [b"Bearer t"]
    )
    assert bearer.ok


SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPEC_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
SPEC_TIME = datetime.fromtimestamp(1614265330, UTC)


def test_standard_webhooks_as_its_authors_show_it() -> None:
    """The example of the specification's authors is genuine, among other signatures too, for five minutes."""
    body, header = b'{"test": 2432232314}', SPEC_HEADERS["webhook-signature"]
    assert check(STANDARD, SPEC_HEADERS, body, SPEC_SECRET, at=SPEC_TIME + timedelta(minutes=5)).ok
    several = SPEC_HEADERS | {
        "webhook-signature": f"v1,{'A' * 43}= v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhq/== {header}"
    }
    assert check(STANDARD, several, body, SPEC_SECRET, at=SPEC_TIME).ok
    for off in (301, -301):
        assert not check(STANDARD, SPEC_HEADERS, body, SPEC_SECRET, at=SPEC_TIME + timedelta(seconds=off)).ok
    for name in SPEC_HEADERS:
        assert not check(STANDARD, SPEC_HEADERS | {name: ""}, body, SPEC_SECRET, at=SPEC_TIME).ok
        assert not check(STANDARD, SPEC_HEADERS | {name: "1"}, body, SPEC_SECRET, at=SPEC_TIME).ok


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="."), min_size=1),
    st.dictionaries(st.text(), st.integers()),
    st.binary(min_size=24, max_size=64),
)
def test_what_the_standards_own_package_signs_is_genuine(
    msg_id: str, content: dict[str, int], key: bytes
) -> None:
    """The reference implementation is the oracle: its signatures are taken, and of a changed body refused."""
    secret, body = f"whsec_{base64.b64encode(key).decode()}", json.dumps(content)
    signature = Webhook(secret).sign(msg_id, NOW, body)
    headers = {
        "webhook-id": msg_id,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": signature,
    }
    assert check(STANDARD, headers, body.encode(), secret).ok
    assert not check(STANDARD, headers, body.encode() + b" ", secret).ok


@pytest.mark.parametrize("secret", ["whsec_", "whsec_%%%", "not base64!", ""])
def test_a_standard_secret_that_is_none_is_said(secret: str) -> None:
    """A secret of another scheme is named as that when the gateway starts, not when a hook comes."""
    with pytest.raises(ValueError, match="whsec_ and base64"):
        standard_secret(secret)


@given(
    st.sampled_from(sorted(SENDERS)),
    st.text(alphabet=st.characters(max_codepoint=255), max_size=60),
    st.binary(max_size=60),
)
def test_junk_is_refused_and_never_raises(name: str, junk: str, body: bytes) -> None:
    """Whatever stands in the headers and the body, a verifier answers with a refusal in words."""
    sender = SENDERS[name]
    headers = dict.fromkeys(
        (
            "x-zendesk-webhook-signature",
            "x-zendesk-webhook-signature-timestamp",
            "x-hub-signature",
            "x-pagerduty-signature",
            "linear-signature",
            "x-ringback-token",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        ),
        junk,
    )
    found = verifier(sender).check(HookDelivery(headers, body, NOW), [b"a secret of some length"])
    assert not found.ok
    assert found.why


def test_two_secrets_are_taken_while_one_is_being_changed() -> None:
    """Both the old and the new secret sign; without any secret nothing is genuine."""
    secret, body, digest = ATLASSIANS
    headers = {"X-Hub-Signature": f"sha256={digest}"}
    assert check(JIRA, headers, body, "the new one", secret).ok
    assert not check(JIRA, headers, body).ok


def test_a_replay_is_told_by_its_hash() -> None:
    """Time and body make the hash; a changed delivery id does not change it, another time does."""
    one = HookDelivery({"x-webhook-id": "a"}, b"body", NOW)
    other = HookDelivery({"x-webhook-id": "b"}, b"body", NOW + timedelta(days=1))
    assert one.digest(b"t") == other.digest(b"t") == hashlib.sha256(b"t\nbody").hexdigest()
    assert one.digest(b"t") != one.digest(b"u")


def test_the_same_body_under_a_token_counts_once_a_day() -> None:
    """Where nothing is signed and nothing numbered, next week's wish is not taken for today's replay."""
    sender, headers = SENDERS["freshdesk"], {"x-ringback-token": "t"}

    def digest(at: datetime) -> str:
        delivery = HookDelivery(headers, b"{}", at)
        return delivery.digest(verifier(sender).check(delivery, [b"t"]).stamp)

    assert digest(NOW) == digest(NOW + timedelta(hours=2)) != digest(NOW + timedelta(days=1))
