"""The runbook's user-visible symptoms, in its own words."""

from collections.abc import Mapping

from models.enums import Symptom

SYMPTOMS: Mapping[Symptom, str] = {
    Symptom.STUCK: "Job stuck in running state with no completed calls",
    Symptom.FELL_SHORT: "Campaign delivers far fewer calls than expected",
    Symptom.SEGMENT_FAILS: "Repeated call failures for a large contact segment",
    Symptom.DUPLICATES: "Duplicate-call concerns after retries",
    Symptom.NONE: "No symptom of the runbook",
}
