"""Who a report speaks to, and how it is written."""

from enum import StrEnum


class Voice(StrEnum):
    """Who is spoken to."""

    CUSTOMER = "customer"
    ENGINEER = "engineer"


class Format(StrEnum):
    """How a report is written."""

    HTML = "html"
    MD = "md"
    JSON = "json"
