"""Who asks Twilio, and how its ids are written."""

import re
from dataclasses import dataclass

CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
KEY_SID = re.compile(r"SK[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True, repr=False)
class TwilioKeys:
    """The account whose calls are read, and the pair that is sent: its own, or that of an API key."""

    account: str
    user: str
    secret: str

    def __repr__(self) -> str:
        """Name the account and never the secret."""
        return f"TwilioKeys({self.account})"
