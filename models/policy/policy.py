"""The workspace's policy: how careful a recovery is, in numbers that a person may change."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

import phonenumbers
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from models.calling.presets import Purpose
from models.calling.windows import read_spans
from models.calling.zone_names import is_no_place
from models.calling.zones import known
from models.policy.loosened import HOURS, looser

YEAR = 31_536_000
"""Seconds; longer than any recovery, and short enough to be added to a date."""


def _in_lower_case(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


CallingWindow = Annotated[
    Literal["off", "au", "us", "gb", "fr", "ca", "de", "generic", "auto"], BeforeValidator(_in_lower_case)
]
Hours = Annotated[str, Field(max_length=200)]


class Because(BaseModel):
    """Who loosened a default, and why; it goes into the audit of every recovery under the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=1000)


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
    absence_seconds: float | None = Field(
        None,
        gt=0,
        le=YEAR,
        description="How long a lost submission is looked for before it may be sent again; eight times "
        "visibility_seconds where not given",
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

    wrap_up_seconds: float = Field(
        2, ge=0, le=600, description="How long a permit stays taken after its call; at most one poll_seconds"
    )

    approval: Literal["ask", "auto"] = Field("ask", description="Ask a person before the first dispatch")
    approval_seconds: float = Field(
        86_400, gt=0, le=YEAR, description="How long a plan waits for a person before it is held"
    )
    sweep: Literal["report", "propose", "recover"] = Field(
        "report", description="What a sweep does about a stalled job; `approval` still decides who is asked"
    )
    sweep_hours: float = Field(
        24,
        ge=0,
        le=336,
        description="Hours from its begin in which a sweep looks at a job that ended short; 0 is off",
    )
    calling_window: CallingWindow = Field(
        "off", description="Calling hours, caps and gaps by country; `auto` goes by each number's country"
    )
    purpose: Purpose = Field(Purpose.MARKETING, description="Why people are called; picks the preset's rule")
    timezone_field: str = Field(
        "timezone", min_length=1, max_length=100, description="Variable of a contact that names its time zone"
    )
    default_timezone: str | None = Field(
        None, description="Zone of numbers that tell none; without it they are held"
    )
    open_weekdays: Hours | None = Field(
        None, description="Hours from Monday to Friday, such as 09:00-20:00; the preset's where not given"
    )
    open_saturday: Hours | None = Field(None, description="Hours on Saturday, or closed")
    open_sunday: Hours | None = Field(None, description="Hours on Sunday, or closed")
    open_holidays: Hours | None = Field(
        None, description="What stays open of a day that is a public holiday, or closed"
    )
    attempts_per_day: int | None = Field(
        None, ge=1, le=100, description="Attempts per contact in any 24 hours, whoever made them"
    )
    attempts_per_period: int | None = Field(
        None, ge=1, le=100, description="Attempts per contact in any `period_days` days"
    )
    period_days: int | None = Field(None, ge=1, le=366, description="Days of `attempts_per_period`")
    min_gap_hours: float | None = Field(
        None, ge=0, le=8760, description="Hours between two attempts at one contact"
    )
    after_machine_hours: float | None = Field(
        None, ge=0, le=8760, description="Hours to leave a contact alone whose machine answered"
    )
    call_seconds: float = Field(
        180, gt=0, le=3600, description="A long call with its ringing; no call begins so near to closing time"
    )
    wait_hours: float = Field(
        120,
        ge=0,
        le=8760,
        description="How long a recovery waits for an opening; later ones are left to the next",
    )
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
    calls_per_second: float = Field(
        1, gt=0, le=100, description="Calls that are started in a second, where each is a request of its own"
    )
    outcome_seconds: float = Field(
        1200,
        gt=0,
        le=86_400,
        description="How long the outcome of a call is waited for that only a webhook tells; then it is held",
    )
    resends: int = Field(
        3, ge=0, le=10, description="Times one marker may be sent again after proof of absence"
    )
    because: Mapping[str, Because] = Field(
        default_factory=dict, description="Per key: who made it looser than its preset, and the reason"
    )

    @field_validator("default_region")
    @classmethod
    def _is_a_country(cls, region: str | None) -> str | None:
        if region and region not in phonenumbers.SUPPORTED_REGIONS:
            hint = " (the United Kingdom is GB)" if region == "UK" else ""
            raise ValueError(f"{region} is not the ISO 3166 code of a country{hint}")
        return region

    @field_validator(*HOURS)
    @classmethod
    def _is_a_span(cls, text: str | None) -> str | None:
        if text is not None:
            read_spans(text)
        return text

    @field_validator("default_timezone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name is None:
            return None
        if (found := known(name)) is None:
            raise ValueError(f"{name!r} is no IANA time zone, such as Australia/Sydney")
        if is_no_place(found) and found != "UTC":
            raise ValueError(f"{name!r} says nothing of summer time; name a place, such as America/New_York")
        return found

    @model_validator(mode="after")
    def _has_a_window_for_its_hours(self) -> Self:
        if self.calling_window == "off":
            for key in HOURS:
                if getattr(self, key) is not None:
                    raise ValueError(f"{key} says nothing while calling_window is off; name a preset")
        return self

    @model_validator(mode="after")
    def _says_why_it_is_looser(self) -> Self:
        for key in self.because:
            if key not in type(self).model_fields:
                raise ValueError(f"because.{key}: there is no such policy key")
        for key, allowed in looser(self.calling_window, self.purpose, self.model_dump()).items():
            if key not in self.because:
                raise ValueError(
                    f"{key} is looser than {allowed}; say who wants it and why under [because.{key}] "
                    "with by and reason"
                )
        return self

    @model_validator(mode="after")
    def _makes_a_test(self) -> Self:
        if self.p0 >= self.p1:
            raise ValueError(f"p0 ({self.p0}) has to be below p1 ({self.p1})")
        return self

    @property
    def wrap_up(self) -> float:
        """Return how long an ended call still counts as holding its permit, in seconds."""
        return min(self.wrap_up_seconds, self.poll_seconds)

    @property
    def permit_patience(self) -> float:
        """Return how long to wait for a permit, in seconds."""
        return self.permit_wait_seconds or 6 * self.stall_seconds

    @property
    def absence_patience(self) -> float:
        """Return how long to look for a lost submission, in seconds."""
        return self.absence_seconds or 8 * self.visibility_seconds


TIMING = frozenset(
    {
        "poll_seconds", "lease_seconds", "permit_wait_seconds", "wrap_up_seconds", "approval",
        "approval_seconds", "sweep", "sweep_hours",
    }
)  # fmt: skip
"""Knobs that change how long a recovery takes or who is asked, never who is called."""
NOTES = frozenset({"because"})
"""What is said about knobs, and turns none."""
ADDED = frozenset(
    {
        "purpose", "timezone_field", "default_timezone", "open_weekdays", "open_saturday",
        "open_sunday", "open_holidays", "attempts_per_day", "attempts_per_period", "period_days",
        "min_gap_hours", "after_machine_hours", "call_seconds", "wait_hours", "absence_seconds",
        "calls_per_second", "outcome_seconds",
    }
)  # fmt: skip
"""Knobs that a hash leaves out while they stand at their defaults: approvals from before them still fit."""
PLAIN = MappingProxyType(
    {name: field.default for name, field in Policy.model_fields.items() if name in ADDED}
)
"""The defaults of those."""


def fingerprint(policy: Policy) -> dict[str, object]:
    """Return the part of the policy that a plan's hash covers."""
    said = policy.model_dump(mode="json", exclude=set(TIMING | NOTES))
    return {key: value for key, value in said.items() if key not in PLAIN or value != PLAIN[key]}
