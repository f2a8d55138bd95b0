"""A recovery that came to a good end, and one that did not, as a report is made of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.enums import Cause, Check, Phase, Severity, State, Symptom
from models.report.page.document import Document, Picture
from models.report.page.report import report
from models.report.page.situation import Situation, Stopped
from models.report.page.voices import Voice
from models.report.page.work import Ended, Sent, Work
from models.report.people import People, PersonEnd
from models.triage.findings import Finding

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
NOW = START + timedelta(minutes=40)
ZONE = "Australia/Sydney"
SVG = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="6pt" '
    'viewBox="0 0 9 6"><title>x</title><path d="M 0 0 L 9 6" style="stroke: #1d6fd8"/></svg>'
)

RECOVERED = Situation(
    job="Spring renewals",
    state=State.RECOVERED,
    now=NOW,
    zone=ZONE,
    people=People(
        60,
        {
            PersonEnd.REACHED_BEFORE: 22,
            PersonEnd.REACHED_BY_RECOVERY: 26,
            PersonEnd.NO_ANSWER: 6,
            PersonEnd.DECLINED: 1,
            PersonEnd.DEAD_NUMBER: 1,
            PersonEnd.KEPT_BACK: 4,
        },
    ),
    symptom=Symptom.STUCK,
    cause=Cause.PERMITS,
    stopped=Stopped(START - timedelta(minutes=44), 27, 60),
    planned=29,
    calls=29,
    fenced=True,
    eta={"basis": "done", "finished_at": (START + timedelta(minutes=21)).isoformat(), "words": "All done."},
)

ESCALATED = replace(
    RECOVERED,
    state=State.ESCALATED,
    people=People(
        160,
        {
            PersonEnd.REACHED_BEFORE: 32,
            PersonEnd.REACHED_BY_RECOVERY: 21,
            PersonEnd.NO_ANSWER: 4,
            PersonEnd.FAILED: 8,
            PersonEnd.KEPT_BACK: 1,
            PersonEnd.NOT_CALLED: 94,
        },
    ),
    symptom=Symptom.SEGMENT_FAILS,
    cause=Cause.PROVIDER,
    stopped=None,
    planned=128,
    calls=34,
    failed=8,
    aborted=True,
    eta={"basis": "none", "as_of": NOW.isoformat(), "words": "No estimate: engineering has to act first."},
)

WORK = Work(
    ids={
        "recovery_id": "r_05a9f21adc",
        "job_id": "btcal_01jxyz",
        "workspace": "shop",
        "platform": "elevenlabs",
        "level": "level 2",
        "verdict": "go",
        "plan_hash": "ab" * 32,
        "package": None,
    },
    diagnosis="The job says it is running and nothing has moved for 2640 s: 7 contacts hold permits.",
    why="Everybody who may be redialled was: 29 calls, 26 reached.",
    next_action="4 contacts are kept back for a person: `ringback status r_05a9f21adc` lists why.",
    eta="All dispatched and all finished.",
    findings=(
        Finding(Check.HEALTH, Severity.FAIL, Cause.PERMITS, "Nothing has moved for 2640 s."),
        Finding(Check.DUPLICATES, Severity.OK, Cause.NONE, "No second run, no repeated delivery."),
    ),
    codes=(
        Ended("q850:41", "transient", "a temporary failure in the carrier's network", 12, 7),
        Ended("completed", "reached", "the call was answered", 22, 26),
    ),
    sent=(
        Sent(Phase.SAMPLE, 5, 5, "settled", START + timedelta(minutes=2)),
        Sent(Phase.SAMPLE, 5, 5, "settled", START + timedelta(minutes=4)),
        Sent(Phase.RAMP, 19, 7, "settled", START + timedelta(minutes=9)),
    ),
    permits=7,
    started_at=START,
    fenced_at=START + timedelta(minutes=1),
    ended_at=START + timedelta(minutes=22),
    decided=((START + timedelta(minutes=1), "plan approved by Kim: read it"),),
    verdict="go in the sample: 0 of 10 dispatches failed.",
    to_decide=4,
)

BAD_WORK = replace(
    WORK,
    ids={**WORK.ids, "level": "level 3", "verdict": "abort", "package": "recovery-diag-btcal_01jxyz.zip"},
    diagnosis="65% of the latest calls failed at the provider.",
    why="7 of 24 dispatches of the relaunch failed: clearly more than the 10 % that may fail.",
    next_action="Give the package to engineering; what was not yet ringing is back.",
    eta="No estimate: engineering has to act first.",
    verdict="abort in the ramp: 7 of 24 dispatches of the relaunch failed.",
    asked=("Say whether Q.850 41 is an outage of the carrier or of its trunk.",),
    to_decide=1,
)

CASES = {"recovered": (RECOVERED, WORK), "escalated": (ESCALATED, BAD_WORK)}


def document(name: str, voice: Voice) -> Document:
    """Return one of the two reports, with a chart of one line."""
    now, work = CASES[name]
    return report(now, work, voice, Picture("Calls from 10:16 to 12:03.", SVG))
