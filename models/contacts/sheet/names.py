"""Names of columns: which say phone number, and how well."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

SYNONYMS: Final = (
    *("phonenumber", "phone", "mobilenumber", "mobile", "mobilephonenumber", "contactnumber", "phonemobile"),
    *("tophonenumber", "tonumber", "msisdn", "e164", "cell", "cellphone", "mobilephone", "telephonenumber"),
    *("telephone", "tel", "phoneno", "mobileno", "telefonnummer", "telefon", "rufnummer", "mobil", "handy"),
    *("portable", "telefono", "celular", "movil", "phone1", "mobile1", "phone1value", "number", "to"),
)
"""Names of number columns as platforms and CRMs spell them, best first; compared by `key`."""
_VAGUE = frozenset({"number", "to"})
_NOUNS = frozenset(
    {
        *(
            "phone",
            "phones",
            "phonenumber",
            "phoneno",
            "telephone",
            "tel",
            "telephonenumber",
            "telno",
            "whats",
        ),
        *("mobile", "mobiles", "mobilenumber", "mobilephone", "mobileno", "cell", "cellphone", "cellular"),
        *("landline", "msisdn", "e164", "telefon", "telefonnummer", "rufnummer", "mobil", "mobiltelefon"),
        *("handy", "handynummer", "telefono", "telefone", "celular", "movil", "portable", "whatsapp", "gsm"),
    }
)
_MOBILE = frozenset(
    {
        *("mobile", "mobiles", "mobilenumber", "mobilephone", "mobileno", "cell", "cellphone", "cellular"),
        *(
            "mobil",
            "mobiltelefon",
            "handy",
            "handynummer",
            "celular",
            "movil",
            "portable",
            "whatsapp",
            "whats",
            "gsm",
        ),
    }
)
_OWNERS: Final = {
    **dict.fromkeys(
        ("primary", "main", "preferred", "best", "default", "direct", "contact", "full", "raw"), 1
    ),
    **dict.fromkeys(
        ("customer", "lead", "client", "person", "recipient", "destination", "patient", "guest"), 1
    ),
    **dict.fromkeys(
        ("formatted", "international", "intl", "number", "numbers", "no", "nr", "num", "value"), 1
    ),
    **dict.fromkeys(
        ("callee", "to", "e", "164", "user", "member", "student", "subscriber", "called", "app"), 1
    ),
    **dict.fromkeys(("numero", "de", "do", "du", "der", "parent"), 1),
    **dict.fromkeys(("billing", "address", "account", "shipping", "mailing", "delivery", "fixe", "fijo"), 2),
    **dict.fromkeys(("home", "private", "privat", "personal", "evening", "night"), 2),
    **dict.fromkeys(("work", "business", "office", "day", "daytime", "geschaftlich"), 3),
    **dict.fromkeys(("other", "alt", "alternate", "alternative", "secondary", "second", "additional"), 4),
    **dict.fromkeys(("backup", "two", "three", "third", "car", "radio"), 4),
    **dict.fromkeys(("company", "organization", "organisation", "employer"), 5),
}
"""Words beside the noun, by how near the number is to the person: 1 their own, 5 their company's."""
NOT_THE_PERSON: Final = frozenset({"fax", "telefax", "faxnumber", "pager", "telex", "tty", "tdd", "isdn"})
"""Words of columns whose numbers are valid and must never be called by voice."""
_SOMEBODY_ELSE = frozenset(
    {
        *("assistant", "asst", "agent", "owner", "manager", "rep", "sales", "support", "caller", "callback"),
        *("emergency", "referrer", "referral", "from", "sender", "spouse", "supplier", "vendor"),
        *("doctor", "store", "branch", "shop", "outlet", "hotline", "supervisor", "creator", "outbound"),
    }
)
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])"
)
_FARTHEST = 9
_LONGEST_PLACE = 2


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """Return a header name without case, accents, spaces and punctuation."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in bare if char.isalnum())


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a header name, however they are joined, each as `key` returns it."""
    return tuple(key(word) for word in _WORD.findall(_CAMEL.sub(" ", name)))


def is_number_name(name: str) -> bool:
    """Tell whether a header name is a known name for phone numbers."""
    return rank(name) is not None


def is_vague(name: str) -> bool:
    """Tell whether a name may as well stand over something else: Number, To."""
    return key(name) in _VAGUE


def is_foreign(name: str) -> bool:
    """Tell whether a name says that its numbers are not the person's to be called: fax, agent, emergency."""
    words = set(tokens(name))
    return not words.isdisjoint(NOT_THE_PERSON | _SOMEBODY_ELSE)


@lru_cache(maxsize=4096)
def rank(name: str) -> tuple[int, int] | None:
    """Tell how well a name says phone number, the least best, or None where it does not."""
    known = key(name)
    if known in SYNONYMS:
        return (9 if known in _VAGUE else 0, SYNONYMS.index(known))
    words = tokens(name)
    nouns = [word for word in words if word in _NOUNS]
    rest = [word for word in words if word not in _NOUNS and not word.isdigit()]
    if any(word.isdigit() and len(word) > _LONGEST_PLACE and word != "164" for word in words):
        return None
    if not nouns or is_foreign(name) or not all(word in _OWNERS for word in rest):
        return None
    nearness = max((_OWNERS[word] for word in rest), default=1)
    place = min((int(word[:4]) for word in words if word.isdecimal()), default=1)
    return (1, min(place, _FARTHEST) * 10 + nearness * 2 - (not _MOBILE.isdisjoint(nouns)))


def is_company(name: str) -> bool:
    """Tell whether a name says that the number is the company's, not the person's."""
    return _OWNERS["company"] in {_OWNERS.get(word) for word in tokens(name)}
