"""The ids that a request may carry: one pattern each, and what looks like a phone number is none of them."""

import re

import phonenumbers

LONGEST_JOB, LONGEST_WORKSPACE, LONGEST_TICKET, LONGEST_PEOPLE = 128, 64, 162, 18

_CALLED = r"(?:(?:[Tt]el|[Pp]hone|[Mm]obile|[Mm]sisdn|[Ww]hats[Aa]pp|[Ss]ip)[:._-]*|[Pp]:)?"
_DIGITS = r"\d(?:[_.:-]*\d){6,14}[_.:-]*"
_EXTENSION = r"(?:(?:x|ext)[_.:-]*\d{1,6})?"
_PHONE = rf"{_CALLED}{_DIGITS}{_EXTENSION}"
"""Seven to fifteen digits (ITU-T E.164) with nothing between them that tells another thing apart."""
_WRITTEN = r"(?:0\d{6,14}|(?=[\d_.-]{8,24}$)\d+(?:[_.-]\d+)+)"
"""A number with its trunk prefix or in groups: no ticket system numbers its tickets so."""

JOB_PATTERN = rf"^(?!{_PHONE}$)[A-Za-z0-9][A-Za-z0-9_.:-]*$"
WORKSPACE_PATTERN = rf"^((?!{_PHONE}$)[A-Za-z0-9][A-Za-z0-9._-]*)?$"
OWN_PATTERN = rf"^((?!{_PHONE}$)[A-Za-z0-9][A-Za-z0-9_.:-]*)?$"
BY_PATTERN = r"^(?![\s\S]*\d(?:[\s().-]*\d){6})"
SYSTEM_PATTERN = r"^([a-z0-9][a-z0-9_-]{0,40})?$"
PEOPLE_PATTERN = r"^(f_[a-p]{16})?$"
"""Letters alone, so that nobody and no mask takes the key of a file for a number."""
TICKET_PATTERN = rf"^([a-z0-9][a-z0-9_-]{{0,40}}:(?!{_WRITTEN}$)[A-Za-z0-9][A-Za-z0-9_.-]{{0,119}})?$"
"""As JSON Schema has them too, so that a form refuses before it keeps anything."""

_JOB, _WORKSPACE, _TICKET = (re.compile(one) for one in (JOB_PATTERN, WORKSPACE_PATTERN, TICKET_PATTERN))
_BY, _OWN, _PEOPLE = (re.compile(one) for one in (BY_PATTERN, OWN_PATTERN, PEOPLE_PATTERN))
_LONG = re.compile(r"(?<!\w)\d{4,}(?=\d{3}(?!\w))")
_BESIDE = re.compile(r"[+\s()/\u2010-\u2015]")
_IS_PHONE, _IS_WRITTEN = re.compile(_PHONE), re.compile(_WRITTEN + "$")
_SHORTEST_JOB = 3
_SHORTEST_ABROAD, _LONGEST_ABROAD = 11, 15

JOB_IS_NUMBER = "What stands in the place of the job's id is none: it looks like a phone number."
JOB_IS_NONE = "What stands in the place of the job's id is none."
TICKET_IS_NUMBER = "What stands in the place of the ticket's id looks like a phone number, and is left out."
TICKET_IS_NONE = "What stands in the place of the ticket's id is none; it is SYSTEM:ID, such as zendesk:4711."
WORKSPACE_IS_NONE = "What stands in the place of the workspace is no name of one."
OWN_IS_NONE = "What stands in the place of an id is none; a phone number is never one."
PEOPLE_IS_NONE = "What stands in the place of a file's key is none; a number and a file are never typed here."
BY_IS_NUMBER = "A name holds no phone number; it stands in the audit and in Prefect as it is written."


def is_like_phone(text: str) -> bool:
    """Tell whether a text has nothing in it but a phone number, in whatever grouping an id can have."""
    return _IS_PHONE.fullmatch(_BESIDE.sub("", text)) is not None


def is_ticket_like_phone(number: str) -> bool:
    """Tell whether the id of a ticket is rather somebody's number.

    Digits alone are how Zendesk, Freshdesk and Intercom number their tickets, up to ten of them and fifteen
    that begin with no country's code; those pass.
    """
    if _IS_WRITTEN.match(number) or (is_like_phone(number) and not number.isdecimal()):
        return True
    if not number.isdecimal() or not _SHORTEST_ABROAD <= len(number) <= _LONGEST_ABROAD:
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return False


def job_trouble(job_id: str) -> str:
    """Return why a text cannot be a job's id, empty where it can; it is never repeated."""
    if is_like_phone(job_id):
        return JOB_IS_NUMBER
    fits = _SHORTEST_JOB <= len(job_id) <= LONGEST_JOB and "\n" not in job_id and _JOB.match(job_id)
    return "" if fits else JOB_IS_NONE


def ticket_trouble(ticket: str) -> str:
    """Return why a text cannot be `SYSTEM:ID`, empty where it can or where there is none."""
    system, _, number = ticket.rpartition(":")
    if is_like_phone(system) or is_ticket_like_phone(number):
        return TICKET_IS_NUMBER
    fits = len(ticket) <= LONGEST_TICKET and "\n" not in ticket and _TICKET.match(ticket)
    return "" if fits else TICKET_IS_NONE


def workspace_trouble(workspace: str) -> str:
    """Return why a text cannot be a workspace's name, empty where it can or where there is none."""
    fits = len(workspace) <= LONGEST_WORKSPACE and "\n" not in workspace and _WORKSPACE.match(workspace)
    return "" if fits else WORKSPACE_IS_NONE


def own_trouble(text: str) -> str:
    """Return why a text cannot be the platform's own id of something, empty where it can or is none."""
    fits = len(text) <= LONGEST_JOB and "\n" not in text and _OWN.match(text) and not is_like_phone(text)
    return "" if fits else OWN_IS_NONE


def people_trouble(text: str) -> str:
    """Return why a text cannot be the key of a file of people, empty where it can."""
    return "" if "\n" not in text and _PEOPLE.match(text) else PEOPLE_IS_NONE


def by_trouble(name: str) -> str:
    """Return why a text cannot be the name of who asks, empty where it can."""
    return "" if _BY.match(name) else BY_IS_NUMBER


def shown_ticket(ticket: str) -> str:
    """Return a ticket as it may be shown: long ids of digits alone by their last three."""
    return _LONG.sub("…", ticket)
