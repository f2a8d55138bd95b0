"""Calling rules by country and purpose: hours, holidays, caps and gaps, each with where it comes from.

No legal advice. A figure marked "our caution" stands in no rule that we know and is there to be on the safe
side; every other one names its source. Hours are the called person's own wall clock. Where a purpose has no
rule of its own it keeps those of marketing, which are never wider than those of any other purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.calling.caps import Caps
from models.calling.holidays import Calendar
from models.calling.windows import ALL_DAY, CLOSED, Hours, read_spans


class Purpose(StrEnum):
    """Why people are called; what is not known is marketing, the strictest."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"
    DEBT = "debt"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one purpose in one country, and the source of it."""

    hours: Hours
    caps: Caps
    source: str


@dataclass(frozen=True, slots=True)
class Preset:
    """The rules of one country; `calendar` is None where the holidays are those of each number's country."""

    key: str
    name: str
    calendar: Calendar | None
    rules: Mapping[Purpose, Rule]

    def rule(self, purpose: Purpose) -> Rule:
        """Return the rule for a purpose, marketing's where it has none of its own."""
        return self.rules.get(purpose, self.rules[Purpose.MARKETING])


def _hours(
    weekdays: str, saturday: str = "closed", sunday: str = "closed", *, holidays: bool = False
) -> Hours:
    on_holidays = ALL_DAY if holidays else CLOSED
    return Hours(read_spans(weekdays), read_spans(saturday), read_spans(sunday), on_holidays)


CAREFUL = Caps(per_day=2, per_period=3, period_days=7, gap_hours=4, machine_hours=24)
"""Our caution: the job's own attempt and one more in 24 hours, three in 7 days; 4 hours apart, 24 after a
machine."""
STRICT = Caps(per_day=1, per_period=3, period_days=30, gap_hours=24, machine_hours=72)
"""Our caution, for where no rules are known: stricter than every country's below."""

_CAPS = "Caps: our caution."
_AU_STANDARD = (
    "Telemarketing and Research Calls Industry Standard 2017, "
    "https://www.donotcall.gov.au/consumers/consumer-overview/industry-standards/"
)

AU = Preset(
    "au",
    "Australia",
    Calendar("AU"),
    {
        Purpose.MARKETING: Rule(
            _hours("09:00-20:00", "09:00-17:00"),
            CAREFUL,
            f"{_AU_STANDARD}: not on national holidays. {_CAPS}",
        ),
        Purpose.RESEARCH: Rule(
            _hours("09:00-20:30", "09:00-17:00", "09:00-17:00"), CAREFUL, f"{_AU_STANDARD}. {_CAPS}"
        ),
        Purpose.DEBT: Rule(
            _hours("09:00-20:00", "09:00-20:00", "09:00-20:00"),
            CAREFUL,
            "ACCC and ASIC debt collection guideline (RG 96): no more than 3 contacts a week; "
            "its hours are wider, these are our caution.",
        ),
    },
)
US = Preset(
    "us",
    "United States",
    Calendar("US"),
    {
        Purpose.MARKETING: Rule(
            _hours("09:00-20:00", "09:00-20:00"),
            CAREFUL,
            "47 CFR 64.1200(c)(1): 08-21 local time; 09-20 without Sundays and holidays covers the stricter "
            f"states, https://telemarketingrules.com/curfew%2Fabandonment. {_CAPS}",
        ),
        Purpose.TRANSACTIONAL: Rule(
            _hours("08:00-21:00", "08:00-21:00", "08:00-21:00", holidays=True),
            CAREFUL,
            f"47 CFR 64.1200(c)(1) binds solicitations; kept for other calls as our caution. {_CAPS}",
        ),
        Purpose.RESEARCH: Rule(
            _hours("09:00-21:00", "09:00-21:00", "09:00-21:00", holidays=True), CAREFUL, "Our caution."
        ),
        Purpose.DEBT: Rule(
            _hours("08:00-21:00", "08:00-21:00", "08:00-21:00", holidays=True),
            Caps(per_day=2, per_period=7, period_days=7, gap_hours=4, machine_hours=24),
            "Regulation F, 12 CFR 1006.14(b): 7 calls in 7 days, https://law.lawstack.com/cfr/12/1006.14/; "
            "hours 12 CFR 1006.6(b). Per day and gaps: our caution.",
        ),
    },
)
GB = Preset(
    "gb",
    "United Kingdom",
    Calendar("GB", regional=True),
    {
        Purpose.MARKETING: Rule(
            _hours("09:00-20:00", "09:00-17:00"),
            CAREFUL,
            "No statutory hours found; hours and holidays are our caution. 24 hours after an answering "
            "machine: Ofcom on persistent misuse, "
            "https://www.callcentrehelper.com/ofcom-signals-the-end-of-silent-calls-30.htm.",
        ),
        Purpose.RESEARCH: Rule(
            _hours("09:00-20:00", "09:00-17:00", "10:00-17:00"),
            CAREFUL,
            "As marketing, and Sundays: our caution.",
        ),
    },
)
FR = Preset(
    "fr",
    "France",
    Calendar("FR"),
    {
        Purpose.MARKETING: Rule(
            _hours("10:00-13:00, 14:00-20:00"),
            Caps(per_day=2, per_period=4, period_days=30, gap_hours=4, machine_hours=24),
            "Decree 2022-1313: no weekend, no holiday, 4 calls in 30 days, "
            "https://www.nextinpact.com/lebrief/1190. Per day and gaps: our caution, as is keeping it for "
            "other purposes.",
        ),
    },
)
CA = Preset(
    "ca",
    "Canada",
    Calendar("CA", regional=True),
    {
        Purpose.MARKETING: Rule(
            _hours("09:30-20:00", "10:30-17:00", "12:00-17:00"),
            CAREFUL,
            "CRTC Unsolicited Telecommunications Rules, the hours of automatic dialling-announcing devices, "
            "inside those of telemarketing, https://www.hitpages.com/doc/4507449260244992/7/. "
            f"Holidays: our caution. {_CAPS}",
        ),
    },
)
DE = Preset(
    "de",
    "Germany",
    Calendar("DE", regional=True),
    {
        Purpose.MARKETING: Rule(
            _hours("09:00-20:00", "10:00-16:00"),
            CAREFUL,
            "No statutory hours found, marketing needs prior consent (section 7 UWG, "
            "https://medienrecht-24.de/glossar/telefonwerbung/); hours and caps are our caution.",
        ),
    },
)
GENERIC = Preset(
    "generic",
    "anywhere",
    None,
    {
        Purpose.MARKETING: Rule(
            _hours("10:00-13:00, 14:00-17:00"), STRICT, "Our caution: open only where every preset is."
        ),
    },
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {preset.key: preset for preset in (AU, US, GB, FR, CA, DE, GENERIC)}
)
AUTO = "auto"
"""Each number by the preset of its own country, by the generic one where that has none."""


def preset_for(window: str, country: str) -> Preset:
    """Return the preset that a policy's calling window means for a number's country."""
    return PRESETS.get(country.lower(), GENERIC) if window == AUTO else PRESETS[window]


def presets_of(window: str) -> tuple[Preset, ...]:
    """Return every preset that a policy's calling window may mean; none where it is off."""
    if window == "off":
        return ()
    return tuple(PRESETS.values()) if window == AUTO else (PRESETS[window],)
