"""Logs for machines: one JSON object a line, the same sentences, and what they are about beside them."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deployments.cli.out import logging_on
from tasks.runs.logs import PREFECT, JsonLines, LineReporter, prefect_environment
from tasks.tracing import span, where_now
from tests.fakes.bench import Bench, settings_of
from tests.unit.prefect.test_tracing import context_of


def lines(text: str) -> list[dict[str, Any]]:
    """Return what each line holds."""
    return [json.loads(line) for line in text.splitlines()]


def record(message: str, *given: object, **about: Any) -> logging.LogRecord:
    """Return a record with fields beside its sentence."""
    made = logging.LogRecord("ringback.gateway", logging.WARNING, "here", 1, message, given, None)
    made.__dict__.update(about)
    return made


def test_a_record_is_one_line_whatever_it_says() -> None:
    """Line ends, quotes and signs of any script in a sentence neither break the line nor its JSON."""
    said = 'two\nlines, "quoted", Zoë\u2028'
    line = JsonLines().format(record("%s", said, job="btcal_1", workspace="acme", recovery=None))
    (found,) = [json.loads(line)]
    assert "\n" not in line
    assert found.pop("at").endswith("+00:00")
    assert found == {
        "level": "warning",
        "logger": "ringback.gateway",
        "message": said,
        "job": "btcal_1",
        "workspace": "acme",
    }


def test_an_error_keeps_its_place_in_the_line() -> None:
    """A traceback stands in its record, and in no lines of its own."""
    made = record("failed")
    try:
        int("no such thing")
    except ValueError:
        made.exc_info = sys.exc_info()
    assert "no such thing" in json.loads(JsonLines().format(made))["traceback"]


def read_a_row(row: dict[str, str]) -> None:
    """Fail as a library does, with what it was given in two errors."""
    countries: dict[str, str] = {}
    try:
        countries[str(row)]
    except KeyError as error:
        raise ValueError(f"row 3: no country for {row['phone']}") from error


SPELLINGS = ("+61491570156", "61491570156", "0491 570 156", "+61 491-570-156", "(0491) 570 156")


@pytest.mark.parametrize("phone", SPELLINGS)
def test_no_number_of_a_traceback_gets_into_a_line(phone: str) -> None:
    """An error of a library may repeat a row: where it was raised is kept, what may be a number is not."""
    logger, stream = logging.Logger("ringback.gateway"), io.StringIO()  # noqa: LOG001  nobody else hears it
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    try:
        read_a_row({"phone": phone, "name": "Ana"})
    except ValueError:
        logger.exception("A file could not be read.")
    (found,) = lines(stream.getvalue())
    assert not [part for part in ("570156", "570 156", "570-156") if part in found["traceback"]]
    assert "row 3: no country for [number]" in found["traceback"]
    assert "{'phone': '[number]', 'name': 'Ana'}" in found["traceback"]
    assert f"in {read_a_row.__name__}" in found["traceback"]


def test_a_step_says_what_it_is_about(tmp_path: Path) -> None:
    """What is logged within a step names its recovery, job and workspace; outside, nothing does."""
    ctx = context_of(Bench(settings_of(tmp_path), tmp_path))
    stream = io.StringIO()
    reporter = LineReporter(stream)
    with span("Watch the wave", "step", ctx), span("Ask the platform", "step", None):
        reporter.say("one call rings")
    reporter.say("nothing is under way")
    within, outside = lines(stream.getvalue())
    assert within["recovery"] == ctx.held.recovery_id
    assert (within["job"], within["workspace"]) == (ctx.case.job_id, ctx.workspace)
    assert "recovery" not in outside
    assert where_now() == {}


def test_progress_is_logged_when_it_begins_only() -> None:
    """A log keeps that something is under way, and not each of its ten thousand steps."""
    stream = io.StringIO()
    reporter = LineReporter(stream)
    for done in range(1000):
        reporter.progress("starting Prefect", done, 1000)
    assert [one["message"] for one in lines(stream.getvalue())] == ["starting Prefect: 0 of 1000"]


def test_a_word_of_the_operator_wins(monkeypatch: Any) -> None:
    """Who configures Prefect's logging by hand is not overruled, and plain lines need no configuration."""
    monkeypatch.setenv("PREFECT_LOGGING_COLORS", "true")
    assert prefect_environment("json") == {**PREFECT, "PREFECT_LOGGING_COLORS": "true"}
    assert prefect_environment("text") == {}


LOGS = """
from prefect.logging.configuration import setup_logging
import logging
setup_logging()
logging.getLogger("prefect.engine").info("submitting %s", "x" * 500)
"""


def test_prefect_takes_it_by_its_own_variables(tmp_path: Path) -> None:
    """Prefect's own processes write such lines once its variables say so, however long a line is."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env = own | prefect_environment("json") | {"PREFECT_HOME": str(tmp_path), "PREFECT_LOGGING_LEVEL": "INFO"}
    done = subprocess.run(
        [sys.executable, "-c", LOGS], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    (found,) = lines(done.stderr)
    assert found["message"] == "submitting " + "x" * 500


def test_what_runs_for_long_follows_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ringback up` and `ringback sweep` write lines for machines where log_format says so, else words."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ringback.toml").write_text('log_format = "json"\n')
    with logging_on() as reporter:
        reporter.say("Gateway is up")
    assert lines(capsys.readouterr().err)[0]["message"] == "Gateway is up"
    (tmp_path / "ringback.toml").write_text("")
    with logging_on() as reporter:
        reporter.say("Gateway is up")
    assert capsys.readouterr().err.strip() == "Gateway is up"
