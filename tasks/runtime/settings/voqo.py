"""Settings of Voqo: `[voqo]` in ringback.toml says which columns and values its files have."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from models.contacts.sheet.names import key
from models.enums import Disposition
from models.handovers.reports import MEANINGS, VALUES, WORDS
from models.handovers.tables import Columns
from models.reasons.table import Override

URLS: Mapping[str, str] = {
    "elevenlabs": "https://api.elevenlabs.io",
    "voqo": "https://api.voqo.ai",
    "retell": "https://api.retellai.com",
    "vapi": "https://api.vapi.ai",
    "vogent": "https://api.vogent.ai/api",
    "cartesia": "https://api.cartesia.ai",
    "http": "",
}
"""Where each platform is, unless the settings say otherwise; a mapping names no address of its own."""
OWN_NAME = "voqo"
"""The platform whose workspaces go by the platform's own id for them."""


class VoqoSettings(BaseModel):
    """Columns and values of what operators hand over; a column that is not named is found by its own name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    upload_phone: str | None = Field(None, description="Number column of uploads")
    report_phone: str | None = Field(None, description="Number column of reports")
    report_status: str | None = Field(None, description="Column of a report that tells what became of a call")
    report_error: str | None = Field(None, description="Column of a report with the reason of a failure")
    report_time: str | None = Field(None, description="Column of a report with a time, ISO 8601 with a zone")
    report_duration: str | None = Field(None, description="Column of a report with a call's duration")
    report_job: str | None = Field(None, description="Column of a report with the job's id")
    values: dict[str, str] = Field(
        default_factory=dict,
        description="What a value of the status column means: not_dialed, in_flight, reached, a disposition",
    )

    @field_validator("values")
    @classmethod
    def _are_known(cls, given: dict[str, str]) -> dict[str, str]:
        for value, word in given.items():
            if word not in MEANINGS:
                known = ", ".join(sorted(MEANINGS))
                raise ValueError(f"{value!r} is mapped to {word!r}, which is none of {known}")
        return given

    def columns(self, region: str | None) -> Columns:
        """Return the columns and values as the rules take them; `region` is of numbers without a country."""
        chosen = {
            "status": self.report_status,
            "error": self.report_error,
            "time": self.report_time,
            "duration": self.report_duration,
            "job": self.report_job,
        }
        report = {what: name for what, name in chosen.items() if name is not None}
        return Columns(self.upload_phone, self.report_phone, report, dict(self.values), region)

    @property
    def overrides(self) -> tuple[Override, ...]:
        """Return what the mapped values of ended calls mean, as rows of the reason tables."""
        ended = {value: word for value, word in self.values.items() if word not in WORDS}
        return tuple(Override(VALUES, key(value), Disposition(word)) for value, word in ended.items())


VOQO_DEFAULTS = VoqoSettings.model_validate({})


def with_address(given: Any) -> Any:
    """Fill the address in that a platform has by itself, where settings name none."""
    if not isinstance(given, dict) or given.get("platform_url"):
        return given
    url = URLS.get(str(given.get("platform", "elevenlabs")))
    return given if url is None else {**given, "platform_url": url}
