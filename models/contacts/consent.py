"""What a contact file itself says about calling somebody: opt-outs, consent, and words in status and tags."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from models.contacts.dates import is_any_date
from models.contacts.sheet.names import key, tokens
from models.contacts.unwanted import is_against_calls, may_be_against_calls

_REFUSAL_KEYS: Final = (
    *("donotcall", "donotdisturb", "donotcontact", "donotphone", "donotdial", "dontcall", "dontcontact"),
    *("nocalls", "nocontact", "optout", "optedout", "unsubscribe", "blacklist", "blocklist", "nopasderanger"),
    *("nepasappeler", "nollamar", "nichtanrufen", "werbesperre", "anrufsperre", "kontaktsperre"),
    *("donotring", "dontring", "dontphone", "donottelephone", "neverring", "nevercall", "nevercontact"),
    *("neverphone", "neplusappeler", "nepascontacter", "nichtkontaktieren", "keineanrufe", "nocontactar"),
    *("naoligar", "nonchiamare", "nietbellen"),
)
_REFUSAL_WORDS: Final = frozenset(
    {
        *("dnd", "dnc", "dncr", "ndnc", "dncl", "tps", "ctps", "bloctel", "robinson", "robinsonliste"),
        *(
            "suppressed",
            "suppression",
            "suppress",
            "optedout",
            "optout",
            "blocked",
            "widerspruch",
            "gesperrt",
        ),
    }
)
_CONSENT_KEYS: Final = (
    *("consent", "optin", "optedin", "acceptsmarketing", "allowcall", "callallowed", "callsallowed"),
    *("cancall", "oktocall", "maycall", "okaytocall", "permissiontocall", "contactable"),
    *("callable", "einwilligung", "consentement", "consentimiento", "marketingallowed", "agreedtocall"),
)
_CONSENT_WORDS: Final = frozenset({"subscribed", "tcpa", "gdpr", "dsgvo", "rgpd"})
_OTHER_CHANNELS: Final = frozenset(
    {
        *(
            "email",
            "emails",
            "mail",
            "mails",
            "mailing",
            "sms",
            "text",
            "texts",
            "textmessages",
            "fax",
            "faxes",
        ),
        *("newsletter", "newsletters", "push", "post", "postal", "letter", "letters", "whatsapp", "chat"),
        *("livechat", "facebook", "fb", "messenger", "instagram", "gmb", "rcs", "mms", "web", "print"),
        *("textmessage", "emailonly", "smsonly", "googlebusinessmessages", "directmail", "gbm", "telegram"),
    }
)
_CALLS: Final = frozenset(
    {
        *(
            "call",
            "calls",
            "phone",
            "phones",
            "voice",
            "telephone",
            "all",
            "everything",
            "allchannels",
            "any",
        ),
        *("phonecall", "phonecalls", "voicecall", "voicecalls", "voicemail", "voicemails", "calling", "tel"),
        *("callonly", "callsonly", "outbound", "both", "mobile", "global"),
        *("telefon", "anruf", "anrufe", "alle", "appel", "appels", "llamadas", "robocalls", "telemarketing"),
    }
)
_YES: Final = frozenset(
    {
        *("yes", "y", "true", "t", "1", "x", "on", "ja", "j", "si", "s", "oui", "o", "sim", "checked", "set"),
        *("active", "enabled", "permanent", "permanently", "granted", "given", "ok", "okay", "vrai", "wahr"),
        *("dnd", "dnc", "dncr", "listed", "registered", "wahrheit", "v", "verdadero", "agreed", "accepted"),
        *("donotcall", "donotcontact", "donotdisturb", "optout", "optedout", "unsubscribed", "blocked"),
        *("suppressed", "blacklisted", "optin", "optedin", "subscribed", "allowed", "consented", "confirmed"),
    }
)
_REFUSES: Final = frozenset(
    {
        *("donotcall", "donotcontact", "donotdisturb", "donotphone", "donotdial", "optout", "optedout"),
        *("unsubscribed", "unsubscribe", "blocked", "suppressed", "blacklisted", "blacklist", "revoked"),
        *("withdrawn", "denied", "refused", "declined", "dnc", "dncl", "dnd", "dncr", "nocalls", "nocall"),
        *("dontcall", "optedoutofcalls", "donotcalllist", "onthednclist", "donotring", "dontring"),
        *("dontphone", "dontcontact", "neverring", "nevercall", "nevercontact", "neverphone"),
        *("nichtanrufen", "nepasappeler", "nollamar", "naoligar", "nonchiamare", "nietbellen", "keineanrufe"),
    }
)
"""Words that refuse calls whatever the column's name."""
_ALLOWS: Final = frozenset(
    {
        *("optin", "optedin", "subscribed", "granted", "given", "allowed", "callable", "consented", "clean"),
        *(
            "clear",
            "notlisted",
            "notregistered",
            "notoptedout",
            "notunsubscribed",
            "notblocked",
            "okay",
            "ok",
        ),
        *("oktocall", "cancall", "agreed", "accepted", "notondnc", "notdnc", "nodnd", "notondnd"),
    }
)
_NO: Final = frozenset(
    {
        *("no", "n", "false", "f", "0", "off", "nein", "non", "nao", "falsch", "faux", "falso", "none"),
        *("inactive", "disabled", "unchecked", "null", "nil", "na", "unset", "nothing"),
    }
)
_NO_DATE = re.compile(r"0000-00-00.*|[-.\u2013\u2014\s]+")
_DAY = re.compile(r"[34][0-9]{4}(?:\.[0-9]+)?")
"""A date as the days of a spreadsheet's calendar: 1982 to 2036."""
_TICKS: Final = {"✓": "yes", "✔": "yes", "☑": "yes", "✅": "yes", "✗": "no", "✘": "no", "☐": "no", "❌": "no"}
_WHOLE = re.compile(r"\A([01])\.0+\Z")
_PARTS = re.compile(r"[,;|/\n&+]|\s(?:and|und|et|y|or)\s")
_NARROW = frozenset({"check", "checked", "scrub", "scrubbed", "verified", "washed", "scrubdate"})
_ABOUT_CONSENT = frozenset(
    {"source", "ip", "url", "language", "version", "form", "method", "id", "proof", "by", "agent", "wording"}
)
_WORDED = frozenset(
    {
        *("status", "disposition", "tag", "tags", "label", "labels", "outcome", "result", "list", "lists"),
        *("segment", "segments", "group", "groups", "note", "notes", "comment", "comments", "remark"),
        *("remarks", "info", "memo", "instruction", "instructions", "warning", "alert", "detail", "details"),
        *("history", "preference", "preferences", "message", "flag", "flags", "annotation", "warnings"),
        *("anmerkung", "anmerkungen", "bemerkungen", "kommentar", "kommentare", "hinweis", "notizen"),
        *("commentaire", "commentaires", "remarque", "remarques", "notas", "nota", "observaciones"),
        *("comentarios", "comentario", "observacoes", "opmerking", "opmerkingen", "osservazioni"),
        # People write a warning beside a name, too: it is the first thing that everybody reads.
        *("name", "names", "firstname", "lastname", "fullname", "surname", "vorname", "nachname", "nom"),
        *("nombre", "apellidos", "nome", "cognome", "prenom", "naam", "title"),
        *("lifecycle", "stage", "category", "categories", "bemerkung", "notiz", "reason", "description"),
    }
)

_SCOPES: Final = frozenset(
    {"channel", "channels", "scope", "medium", "type", "kind", "method", "communication", "kanal"}
)


class Says(Enum):
    """What one cell says about calls."""

    NOTHING = "nothing against calls"
    REFUSED = "no calls"
    UNCLEAR = "unclear"


class ColumnKind(Enum):
    """What a column is about."""

    REFUSAL = "refusal"
    CONSENT = "consent"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class ConsentColumn:
    """A column that may say that somebody is not to be called."""

    index: int
    name: str
    kind: ColumnKind


def consent_columns(header: Sequence[str]) -> tuple[ConsentColumn, ...]:
    """List the columns that may say that somebody is not to be called."""
    known = {key(name) for name in header}
    found = []
    for index, name in enumerate(header):
        kind = _kind(name)
        # PrestaShop's pair of columns: both are about its own e-mails.
        if kind and not (key(name) == "optin" and "newsletter" in known):
            found.append(ConsentColumn(index, name, kind))
    return tuple(found)


def _kind(name: str) -> ColumnKind | None:
    known, words = key(name), set(tokens(name))
    is_refusal = any(part in known for part in _REFUSAL_KEYS) or not words.isdisjoint(_REFUSAL_WORDS)
    is_consent = any(part in known for part in _CONSENT_KEYS) or not words.isdisjoint(_CONSENT_WORDS)
    if is_refusal or is_consent:
        if _names_other_channel(words):
            return None
        if is_refusal:
            return ColumnKind.WORDS if words & _NARROW else ColumnKind.REFUSAL
        return ColumnKind.CONSENT if words.isdisjoint(_ABOUT_CONSENT) else None
    return ColumnKind.WORDS if words & _WORDED or not known else None


def _names_other_channel(words: set[str]) -> bool:
    """Tell whether a name speaks of e-mail, text messages or the like and not of calls."""
    spoken = words - {"all"}
    is_split_mail = "e" in words and "mail" in words
    return (bool(spoken & _OTHER_CHANNELS) or is_split_mail) and not spoken & _CALLS


def is_scope_name(name: str) -> bool:
    """Tell whether a column of an opt-out list says which channels a person opted out of."""
    return not _SCOPES.isdisjoint(tokens(name))


def is_of_other_channel(cell: str) -> bool:
    """Tell whether a cell names channels, and none of them is calls."""
    parts = [key(part) for part in _PARTS.split(cell) if part.strip()]
    return bool(parts) and all(part.removeprefix("all") in _OTHER_CHANNELS for part in parts)


def says(kind: ColumnKind, cell: str) -> Says:
    """Return what a cell says about calls: nothing where empty, unclear where neither yes nor no."""
    if kind is ColumnKind.WORDS:
        return _in_words(cell)
    text = cell.strip().strip("'\"").strip()
    if not text or _NO_DATE.fullmatch(text):
        return Says.NOTHING
    if is_any_date(text) or _DAY.fullmatch(text):
        return Says.REFUSED if kind is ColumnKind.REFUSAL else Says.NOTHING
    text = _WHOLE.sub(r"\1", _TICKS.get(text[0], text))
    found = {_part(kind, key(part)) for part in _PARTS.split(text) if part.strip()}
    if Says.REFUSED in found:
        return Says.REFUSED
    if kind is ColumnKind.CONSENT and Says.NOTHING in found:
        return Says.NOTHING
    return Says.UNCLEAR if Says.UNCLEAR in found else Says.NOTHING


def _part(kind: ColumnKind, part: str) -> Says:
    if part in _REFUSES:
        return Says.REFUSED
    if part in _ALLOWS:
        return Says.NOTHING
    if part in _OTHER_CHANNELS or part.removeprefix("all") in _OTHER_CHANNELS:
        return Says.NOTHING if kind is ColumnKind.REFUSAL else Says.UNCLEAR
    if part in _CALLS or part in _YES or _is_of_calls(part):
        return Says.REFUSED if kind is ColumnKind.REFUSAL else Says.NOTHING
    if part in _NO:
        return Says.NOTHING if kind is ColumnKind.REFUSAL else Says.REFUSED
    return Says.UNCLEAR


def _is_of_calls(part: str) -> bool:
    """Know the joined spellings: `all channels`, `calls voicemails`, `inbound calls`."""
    return part.startswith(("all", "calls", "phonecall", "voice")) or part.endswith(("calls", "call"))


def _in_words(cell: str) -> Says:
    if not may_be_against_calls(cell):
        return Says.NOTHING
    if any(key(part) in _REFUSES for part in _PARTS.split(cell)):
        return Says.REFUSED
    return Says.UNCLEAR if is_against_calls(cell) else Says.NOTHING
