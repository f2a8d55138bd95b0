"""The question that Vapi asks right before a call, and the one rule that answers it.

Source: docs.vapi.ai/outbound-campaigns/webhooks and /server-url/server-authentication, and the type
ServerMessageCampaignPredial of vapi_server_sdk 3.0.0. Whatever is no yes, a time-out too, makes no call.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.handovers.webhooks import LONGEST_ID, NoEventError

KIND = "campaign.predial"
AUTHORIZATION, LEGACY = "authorization", "x-vapi-secret"
"""Headers that a bearer credential of the platform is sent in: the usual one, and its older one."""
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Question:
    """Who is about to be dialled: `contact_id` is the campaign's own id of them."""

    campaign_id: str
    contact_id: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of a question at this moment."""

    wave_is_out: bool = False
    """True where a wave of this name was sent, is not settled, and was not taken back."""
    recovery_goes_on: bool = False
    """True where its recovery is running and nobody has asked to cancel it."""
    campaign_id: str | None = None
    """The campaign that the wave is, None while its create has no answer yet."""
    in_wave: bool = False
    """True where the person is in the wave, was handed over with it, and no outcome of theirs is known."""
    granted: bool = False
    """True where one call to the person was granted to this recovery before."""
    opt_outs_known: bool = False
    suppressed: bool = True
    called_elsewhere: bool = True
    """True where another recovery has called the person since this one began, or may have."""
    may_be_called_now: bool = False
    """True within calling hours, caps and gaps."""


def is_authentic(secret: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether a request holds the secret: a bearer token, or the older header; names in lower case."""
    given = headers.get(AUTHORIZATION, "").strip()
    token = given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""
    offered = [token, headers.get(LEGACY, "").strip()]
    fits = [hmac.compare_digest(secret, one.encode("utf-8", "replace")) for one in offered]
    return bool(secret) and any(fits)


def read(body: bytes) -> Question:
    """Return the question in a body; raises NoEventError for anything else."""
    try:
        message = json.loads(body)["message"]
        contact = message["contact"]
        kind, campaign_id = message["type"], message["campaignId"]
        named, contact_id, phone = contact["campaignId"], contact["id"], contact["number"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoEventError("The body is no question about a contact.") from None
    if kind != KIND:
        raise NoEventError("The message is no campaign.predial.")
    texts: tuple[Any, ...] = (campaign_id, contact_id, phone)
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_ID for text in texts):
        raise NoEventError("The message names no campaign, no contact or no number.")
    if named != campaign_id:
        raise NoEventError("The message names two campaigns.")
    return Question(campaign_id, contact_id, phone)


def why_not(question: Question, known: Standing) -> str:
    """Say why a call may not be made, empty where it may: the first thing that is not as it has to be."""
    told = (
        (known.wave_is_out, "no wave of this name is out"),
        (known.recovery_goes_on, "the recovery does not go on"),
        (known.campaign_id in {None, question.campaign_id}, "the wave is another campaign"),
        (known.in_wave, "nobody with this number waits in the wave"),
        (not known.granted, "one call to this person was granted before"),
        (known.opt_outs_known, "the ledger was restored, and who opted out since is not confirmed"),
        (not known.suppressed, "the person must not be called"),
        (not known.called_elsewhere, "another recovery has called this person, or may have"),
        (known.may_be_called_now, "the person may not be called now: hours, caps or gaps"),
    )
    return next((words for is_so, words in told if not is_so), "")
