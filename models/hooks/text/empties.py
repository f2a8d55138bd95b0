"""Fields that were never filled: a placeholder of whatever template language, or a word for nothing."""

import re

_OPENINGS = re.compile(r"\{\{|\}\}|\{%|\$\{|#\{|@\{|%\{|<%|<\?|\[\[|\$\(|%\(|\{!|@@\w|##\w|__\w+__$")
"""What opens a placeholder in Liquid, Jinja, Handlebars, ERB, PHP, Salesforce and GLPI; no id has it."""
_WHOLE = re.compile(
    r"\{[^{}]*\}"  # Python, Make, Freshservice
    r"|%[A-Za-z_][\w .:-]*%"  # Windows, ServiceNow mails
    r"|\$[A-Za-z_][\w.]*\$?"  # shells, StringTemplate
    r"|<[A-Za-z_][\w .:-]*>"  # what a person was to write over
    r"|\[[A-Za-z_][\w .:-]*\]"
    r"|«[^»]*»"
)
_NOTHING = frozenset(
    ("none", "null", "undefined", "n/a", "na", "n.a.", "#n/a", "nil", "nan", "infinity", "-infinity", "inf")
) | {"empty", "unset", "blank", "unknown", "tbd", "not set", "not applicable", "no value", "(none)", "(null)"}
_NO_LETTER = re.compile(r"[\s\-\u2010-\u2015._?*/'\"]+")
"""How languages and people write that there is nothing, in lower case."""

_WORDS_OF_A_FIELD = re.compile(
    r"[\s|.()'\"]"
    r"|^(?:ticket|issue|job|case|field|custom\w*|cf|event|data|item|trigger|current|incident|conversation|user"
    r"|contact|record|object|payload|body|request|vars?|env|params|steps?|inputs?|outputs?)(?:_|$)"
)
_BRACKETS = re.compile(
    r"\{\{(?P<wiki>[^{}\n]*)\}\}|\[\[(?P<page>[^\[\]\n]*)\]\]"
    r"|\{(?P<brace>[^{}\n]*)\}|\[(?P<square>[^\[\]\n]*)\]|<(?P<angle>[^<>\n]*)>"
)
_OTHERS = re.compile(
    r"\$\{[^{}\n]*\}?|#\{[^{}\n]*\}?|@\{[^{}\n]*\}?|%\{[^{}\n]*\}?|\{![^{}\n]*\}?|<%[^%\n]*%>|\{%[^%\n]*%\}|##[\w.-]+##"
    r"|@@[\w.]+@@|%[A-Za-z_][\w.:-]*%|\$\([^()\n]*\)|\$[A-Za-z_][\w.]*\$?"
)
_LEFT_OUT = " … "


def is_unfilled(text: str) -> bool:
    """Tell whether the text of a field says nothing."""
    bare = text.strip()
    if not bare or bare.casefold() in _NOTHING or _NO_LETTER.fullmatch(bare):
        return True
    return bool(_OPENINGS.search(bare) or _WHOLE.fullmatch(bare))


def is_field_name(inner: str) -> bool:
    """Tell whether what stands in brackets is the name of a field and not a value."""
    return bool(_WORDS_OF_A_FIELD.search(inner.strip()))


def without_placeholders(text: str) -> str:
    """Return free text with its placeholders left out.

    Brackets with an id in them stay without the brackets: `{{btcal_7k2m}}` is how Jira sets one apart.
    """
    return _BRACKETS.sub(_kept, _OTHERS.sub(_LEFT_OUT, text))


def _kept(match: re.Match[str]) -> str:
    inner = next(found for found in match.groups() if found is not None).strip()
    is_doubled = match["wiki"] is not None or match["page"] is not None
    has_no_digit = is_doubled and not re.search(r"\d", inner)
    return _LEFT_OUT if not inner or has_no_digit or is_field_name(inner) else f" {inner} "
