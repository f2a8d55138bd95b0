"""The workspace's policy: how careful a recovery is, in numbers that a person may change."""

from typing import Literal, Self

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

YEAR = 31_536_000
"""Seconds; longer than any recovery, and short enough to be added to a date."""


class Policy(BaseModel):
    """Every knob of the ladder with its bounds; times are seconds, shares are fractions of one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    poll_seconds: float = Field(5, gt=0, le=600, description="Pause between two looks at the platform")
    stall_seconds: float = Field(
        300, gt=0, le=YEAR, description="Silence after which a running job counts as stalled"
    )
    visibility_seconds: float = Field(
        15, ge=0, le=YEAR, description="How long a new job may take to appear in the platform's listing"
    )
    lease_seconds: float = Field(
        60, gt=0, le=YEAR, description="How long a claim on a job outlives its last renewal"
    )
    permit_wait_seconds: float | None = Field(
        None,
        gt=0,
        le=YEAR,
        description="How long to wait for a free permit; six times stall_seconds where not given",
    )

    sample_max: int = Field(20, ge=1, le=200, description="Dispatches in the sample at the most")
    wave_max: int = Field(50, ge=1, le=1000, description="Contacts in one wave at the most")
    watch_first: int = Field(10, ge=0, le=20, description="Dispatches of the relaunch watched one by one")
    permits: int = Field(5, ge=1, description="Permits of the workspace; lowered by what the platform tells")
    headroom: int = Field(1, ge=0, description="Permits that stay free for the workspace's other calls")

    approval: Literal["ask", "auto"] = Field("ask", description="Ask a person before the first dispatch")
    approval_seconds: float = Field(
        86_400, gt=0, le=YEAR, description="How long a plan waits for a person before it is held"
    )
    sweep: Literal["report", "propose", "recover"] = Field(
        "report", description="What a sweep does about a stalled job; `approval` still decides who is asked"
    )
    calling_window: Literal["off"] = Field("off", description="Calling hours; presets are still to come")
    default_region: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="Country of numbers written without one"
    )
    redial_later: bool = Field(False, description="Redial busy and no answer too")
    max_attempts: int = Field(3, ge=1, le=10, description="Attempts per contact over all jobs and recoveries")
    duplicate_hours: float = Field(
        72, gt=0, le=YEAR / 3600, description="How near in time another job is a second run"
    )

    p0: float = Field(0.05, gt=0, lt=1, description="Healthy share of failed dispatches")
    p1: float = Field(0.30, gt=0, lt=1, description="Sick share of failed dispatches")
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Chance of an abort when healthy")
    beta: float = Field(0.05, gt=0, lt=0.5, description="Chance of a go when sick")
    transient_threshold: float = Field(
        0.10, gt=0, lt=1, description="Share of failures the relaunch tolerates"
    )
    shared_code: float = Field(
        0.30, gt=0, le=1, description="Share of one permanent or operator code that stops a wave"
    )
    max_unresolved: int = Field(2, ge=0, description="Unresolved calls that a go of the sample tolerates")
    resends: int = Field(
        3, ge=0, le=10, description="Times one marker may be sent again after proof of absence"
    )

    @field_validator("default_region")
    @classmethod
    def _is_a_country(cls, region: str | None) -> str | None:
        if region and region not in phonenumbers.SUPPORTED_REGIONS:
            hint = " (the United Kingdom is GB)" if region == "UK" else ""
            raise ValueError(f"{region} is not the ISO 3166 code of a country{hint}")
        return region

    @model_validator(mode="after")
    def _makes_a_test(self) -> Self:
        if self.p0 >= self.p1:
            raise ValueError(f"p0 ({self.p0}) has to be below p1 ({self.p1})")
        return self

    @property
    def permit_patience(self) -> float:
        """Return how long to wait for a permit, in seconds."""
        return self.permit_wait_seconds or 6 * self.stall_seconds


TIMING = frozenset(
    {"poll_seconds", "lease_seconds", "permit_wait_seconds", "approval", "approval_seconds", "sweep"}
)
"""Knobs that change how long a recovery takes or who is asked, never who is called."""


def fingerprint(policy: Policy) -> dict[str, object]:
    """Return the part of the policy that a plan's hash covers."""
    return policy.model_dump(exclude=set(TIMING))
