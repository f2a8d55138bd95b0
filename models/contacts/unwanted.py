"""Words against calls in notes, statuses and tags: "do not ring", "nicht anrufen", "no llamar".

English, German, French, Spanish, Italian, Portuguese and Dutch are known. A cell that is a plain opt-out is
judged in `models.contacts.consent`.
"""

import re
import unicodedata
from typing import Final

_CALL: Final = r"(?:call|contact|ring|phone|telephone|dial|disturb|bother|solicit|cold ?call)"
_CALLED: Final = r"(?:called|contacted|rung|phoned|telephoned|dialled|dialed|disturbed|bothered)"
_LIST: Final = (
    r"(?:(?:the|our|your|my|all|any|this|calls?|(?:call|dial|diall)ing|phone|contact|marketing) )*lists?"
)
_ENGLISH: Final = (
    rf"\b(?:do|please|pls|must|should|shall|may|to) ?not ?(?:ever )?{_CALL}\b",
    rf"\bdont ?(?:ever )?{_CALL}\b|\bnever (?:ever )?{_CALL}\b",
    rf"(?<!can )(?<!could )\b(?:not|never) (?:to )?(?:wish to |want to |like to )?be {_CALLED}\b",
    (
        r"\b(?:not|\w+nt) (?:want|wish|like|accept|take) "
        r"(?:to get |to receive |any |more |further |phone |our )*calls\b"
    ),
    (
        r"\bno (?:more |further )?(?:cold |phone |marketing |sales |telephone |tele)?calls\b"
        r"(?! (?:made|yet|so far|logged|received|answered|before|placed))"
    ),
    r"\bstop (?:calling|contacting|ringing|phoning|dialling|dialing|calls)\b",
    rf"\b(?:remove|removed|delete) (?:\w+ )?from {_LIST}\b",
    r"\bcalls? (?:are |is )?(?:unwanted|not wanted|not welcome|unwelcome)\b",
    r"\bdn[cd][lr]?\b|\bopt(?:ed)? ?out\b|\bunsubscribed?\b|\bblack ?list(?:ed)?\b",
)
_GERMAN: Final = (
    r"\bnicht (?:mehr |wieder )*(?:anrufen|anzurufen|angerufen|kontaktieren|telefonieren|stoe?ren)\b",
    r"\bnie(?:mals)? (?:mehr |wieder )*(?:anrufen|kontaktieren)\b",
    r"\bkeine? (?:weiteren? |mehr )?(?:\w*anrufe?|telefonate|telefonwerbung)\b",
    r"\banrufe? (?:sind |ist )?(?:unerwue?nscht|nicht (?:erwue?nscht|gewue?nscht))\b",
)
_FRENCH: Final = (
    (
        r"\bne (?:l |la |le |les )?(?:pas|plus|jamais) (?:l|la |le |les |me |nous )?"
        r"(?:r?appeler|contacter|deranger|telephoner|demarcher)\b"
    ),
    r"\b(?:ne l|ne |n)r?appele[rz] (?:pas|plus|jamais)\b|\b(?:pas|plus) dappels?\b",
)
_OTHERS: Final = (
    r"\b(?:no|nunca) (?:volver a |quiere |mas )*(?:llam\w*|contactar|molestar)\b",
    r"\bnon (?:piu )?(?:chiam\w+|contatt\w+|disturb\w+|telefon\w+|richiamare)\b",
    r"\b(?:nao|nunca) (?:mais )?(?:ligar|ligue|contatar|contactar|telefonar|incomodar|perturbar)\b",
    r"\bniet (?:meer )?(?:bellen|opbellen|gebeld|contacteren|storen)\b|\bbel(?:len)? niet\b",
)
_WORDS = re.compile("|".join((*_ENGLISH, *_GERMAN, *_FRENCH, *_OTHERS)))
_AFTER_NOT: Final = (
    "(?:ever|to|wishto|wantto|liketo)*(?:c|ring|phon|tele|dial|dist|both|sol|be|wa|wel|accept|take)"
)
_SIGNS: Final = tuple(
    re.compile(pattern.encode())
    for pattern in (
        (
            f"n(?:o(?:t{_AFTER_NOT}|more|further|cold|phone|market|sale|tele|calls|n(?:pi|chi|con|dis|tel|ric)"
            "|(?:mais|ma?s|volvera?|quiere)*(?:li|con|cha|tel|inc|per|lla|mol))"
            f"|e(?:ver{_AFTER_NOT}|l?(?:a|e|es)?(?:pas|plus|jamais|r?appel))|t(?:want|wish|like|accept|take)"
            "|i(?:cht(?:mehr|wieder)*(?:an|kon|tel|st|er|ge)|e(?:mals)?(?:mehr|wieder)*(?:an|kon)"
            "|et(?:meer)?(?:op|be|ge|con|st)|et(?<=belniet)|et(?<=bellenniet))"
            "|a(?:ppel|o(?:mais)?(?:li|con|tel|inc|per))|r?appel|lr?appel"
            "|unca(?:mais|mas|ms|volvera?|quiere)*(?:li|con|tel|inc|per|lla|mol))"
        ),
        "d(?:n[cd]|ont(?:ever)?(?:c|ring|phon|tele|dial|dist|both|sol))",
        "p(?:(?<=stop)(?:ca|co|ri|ph|di)|(?<=op)t(?:ed)?out|(?:as|lus)dappel)",
        "u(?:nsub|nw|nerw)",
        "k(?:ein[a-z]{0,60}(?:anruf|telef)|list(?<=blacklist))",
        "from[a-z]{0,80}list",
    )
)
"""One of these is found in every text with words against calls, once it is squeezed.

They find more than they need, which costs a closer look and nothing else. A file is searched for them before
it is read, so each begins with one letter of its own, for which a search is quick.
"""
_BREAKS: Final = ",;|\t"
_ASCII: Final = range(128)
_LOWER: Final = bytes(ord("," if chr(at) in _BREAKS else chr(at).lower()) for at in _ASCII).ljust(256)
_NO_LETTERS: Final = bytes(
    at for at in range(256) if at not in _ASCII or not (chr(at).isalpha() or chr(at) in _BREAKS)
)
_APOSTROPHES = str.maketrans("", "", "'\u2018\u2019\u00b4`\u02bc\u2032")
_NO_WORD = re.compile(r"[^\w,;|\t]+|_+")


def squeezed(text: bytes) -> bytes:
    """Return the ASCII letters of a text in lower case, and a comma for what separates cells."""
    return text.translate(_LOWER, _NO_LETTERS)


def has_sign(text: bytes) -> bool:
    """Tell whether a squeezed text may hold words against calls; False is certain."""
    return any(sign.search(text) for sign in _SIGNS)


def may_be_against_calls(text: str) -> bool:
    """Tell whether a text may hold words against calls; False is certain."""
    return has_sign(squeezed(text.encode("utf-8", "ignore")))


def is_against_calls(text: str) -> bool:
    """Tell whether a text holds words against calls, however it is written and spaced."""
    return may_be_against_calls(text) and _WORDS.search(_folded(text)) is not None


def _folded(text: str) -> str:
    """Return a text in lower case without accents and apostrophes, with one space between its words."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES))
    return _NO_WORD.sub(" ", "".join(char for char in bare if not unicodedata.combining(char)))
