"""The page of calling rules: a few words, and the tables as the presets hold them."""

from collections.abc import Iterator

from models.calling.caps import Caps
from models.calling.presets import PRESETS, Preset, Purpose, Rule
from models.calling.windows import say_spans
from models.policy.effective import HARD_RULES
from tasks.markdown import table

WHEN = """With `calling_window` set to a preset (`au`, `us`, `gb`, `fr`, `ca`, `de`, `generic`, or `auto` for
each number's own country), nobody is called outside the hours below, on the called person's own wall clock.
This is no legal advice: read the sources, and make the rules stricter where yours are."""
ZONE = """The zone is the contact's own variable (`timezone_field`), else the single zone of the number,
else all zones the number may be in at once, else `default_timezone`; where none is known the contact is
held. All zones of an Australian mobile reach from the Cocos Islands to Lord Howe, which leaves the
afternoon: a column with the zone gives the day back. It holds an IANA name of a place; a name of Windows or
of Ruby on Rails ("AUS Eastern Standard Time", "Eastern Time (US & Canada)") where the number's country
keeps that clock; an abbreviation (EST, GMT, AEST) where the number's own zones use it, and then with their
summer time; or an offset (+10:00, UTC+05:30), which stands for every zone of the number's country that ever
has it, all at once. Anything else, two different values, and what the number does not bear out hold the
contact. A country whose holidays the `holidays` library does not know has none; where a preset closes on
regional holidays, it closes in the whole country: a number does not tell the region."""
CAPS = """Attempts are counted over the source job (its platform's own retries too, at the last time that is
known), other jobs of the workspace within `duplicate_hours`, and all recoveries of this ledger. Spans roll:
two a day means two in any 24 hours. They come on top of `max_attempts`. With the window off there are none of
these caps unless the policy sets them, and everything is as it was before."""
NIGHT = """A wave takes only who may be called at that moment, and no more than can be dialled before closing
time, reckoning `call_seconds` for each call. What a slow platform has not dialled by then is taken back and
left to the next recovery, since a contact is in one wave of a recovery only. When nobody may be called, the
recovery waits, says until when (`ringback status`, `waits_until`), and goes on by itself; a killed one goes
on when it is resumed, or with the first sweep after the opening. It waits `wait_hours` at the most: who may
be called later than that is left to the next recovery. No patience and no stall clock runs meanwhile. Whom a
job begun by somebody after the plan holds is left to that job."""
LOOSER = """Stricter values need no reason. A looser one than the preset's (wider hours, higher caps, shorter
gaps, more than three `max_attempts`) is refused unless the policy file says who wants it and why; both go
into the audit of every recovery under it:"""
EXAMPLE = """```toml
calling_window = "au"
open_sunday = "10:00-16:00"

[because.open_sunday]
by = "Ida Berg, compliance"
reason = "members asked to be called on Sundays, consent on file"
```"""
LIST = """Opt-outs: `ringback suppress NUMBER --why TEXT`, `--file FILE`, and the file that
`RINGBACK_SUPPRESSION` names. All are read again before every wave. A list is text, CSV or XLSX;
its number column is found as in a contact file, every number of a row counts, and lines whose
scope is SMS or e-mail alone do not. `--file` prints what it took: how many, from which column,
and the lines it did not take. A file that cannot be read, whose number column is not sure (bare
digits beside other columns may be ids), or in which a line holds no number, holds everybody.
Whoever has declined a call, in the source job or during a recovery, or answered that calls are
unwanted (607), is put on the list. 608 is the network's word on the caller id: those contacts
are held, not suppressed."""
FILES = """`ringback contacts FILE` reads more than the number column, and its first line says how many
rows are not dialled, and why:

* a dial code or country beside it (`phone_code`, `Country/Region`, `Billing Country` beside `Billing
  Phone`): national numbers are read there. Unknown, contradictory, or missing where other rows name a
  foreign one: held
* DND, Do Not Call, opt-out, unsubscribed, consent, and words in statuses, tags and notes: `opted_out` where
  they refuse calls, `opt_out_unclear` where they are neither yes nor no, `consent_missing` where only
  others' consent is told. What is about e-mail or SMS alone is no matter. Who refuses in one row is dialled
  in none
* notes that say "do not ring", "nicht anrufen", "no llamar" and their like, in English, German, French,
  Spanish, Italian, Portuguese and Dutch, beside a name and in columns without one too: `opt_out_unclear`
* a label beside the number (`Phone 1 - Label`: Work Fax) that says fax, pager or a helper: `not_for_calls`
* an area code in a column of its own is put before the number it belongs to (`area_code`); where the number
  is valid both with and without it: held (`area_unsure`)
* titles above the header are noted, and totals below the rows are no contacts (`total_line`)
* a second number column is used where the first has no number to dial (`other_column`), never for a
  duplicate; fax, assistant and company lines are not
* cells go before names: a column `Number` that holds record ids loses to the one that holds numbers
* a workbook is read from its first visible sheet; others are named"""


def calling_page() -> str:
    """Return the page of calling rules."""
    never = "\n".join(f"* {rule}" for rule in HARD_RULES)
    parts = (
        "# Calling rules",
        "<!-- printed by `make docs` -->",
        WHEN,
        table(("preset", "purpose", "Monday to Friday", "Saturday", "Sunday", "holidays"), _hours()),
        "A purpose that has no line goes by marketing's.",
        ZONE,
        "## Caps and gaps",
        table(
            ("preset", "purpose", "in 24 hours", "in a period", "hours between", "after a machine"), _caps()
        ),
        CAPS,
        "## Nights",
        NIGHT,
        "## Looser than a preset",
        LOOSER,
        EXAMPLE,
        "## Never, whatever the policy says",
        never,
        LIST,
        "## What a contact file tells",
        FILES,
        "## Sources",
        table(("preset", "purpose", "source"), _sources()),
    )
    return "\n\n".join(parts) + "\n"


def _rules() -> Iterator[tuple[Preset, Purpose, Rule]]:
    for preset in PRESETS.values():
        for purpose, rule in preset.rules.items():
            yield preset, purpose, rule


def _hours() -> Iterator[tuple[str, ...]]:
    for preset, purpose, rule in _rules():
        week = rule.hours
        days = (say_spans(spans) for spans in (week.weekdays, week.saturday, week.sunday))
        yield (f"`{preset.key}`", purpose.value, *days, "as the day" if week.holidays else _closed_on(preset))


def _closed_on(preset: Preset) -> str:
    if preset.calendar is None:
        return "closed on those of the number's country"
    return "closed, regional ones too" if preset.calendar.regional else "closed on national ones"


def _caps() -> Iterator[tuple[str, ...]]:
    for preset, purpose, rule in _rules():
        yield (f"`{preset.key}`", purpose.value, *_figures(rule.caps))


def _figures(caps: Caps) -> tuple[str, ...]:
    period = f"{caps.per_period} in {caps.period_days} days"
    return str(caps.per_day), period, f"{caps.gap_hours:g}", f"{caps.machine_hours:g}"


def _sources() -> Iterator[tuple[str, ...]]:
    for preset, purpose, rule in _rules():
        yield f"`{preset.key}`", purpose.value, rule.source
