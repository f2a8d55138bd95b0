"""The sums of a recovery's waves: the same however often it was looked in between."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from models.enums import Disposition, Phase, VerdictWord
from models.verdict.figures import Figures, WaveFigures
from models.verdict.monitor import Monitor
from models.verdict.tally import Ended, tally

ENDS: tuple[Ended, ...] = (
    (Disposition.REACHED, "", False),
    (Disposition.TRANSIENT, "sip:503", True),
    (Disposition.PERMANENT, "sip:404", False),
    (Disposition.AMBIGUOUS, "", False),
)
WAVES = st.lists(
    st.tuples(st.sampled_from(Phase), st.integers(1, 9), st.lists(st.sampled_from(ENDS), max_size=12)),
    max_size=8,
)


def waves_of(drawn: list[tuple[Phase, int, list[Ended]]]) -> list[WaveFigures]:
    """Return settled waves with the ends that were drawn."""
    return [
        WaveFigures(n, phase, cap, is_settled=True, open=0, ended=Counter(ends))
        for n, (phase, cap, ends) in enumerate(drawn, start=1)
    ]


@given(WAVES)
def test_sums_of_waves_are_those_of_their_dispatches(
    drawn: list[tuple[Phase, int, list[Ended]]],
) -> None:
    """Counted wave by wave, sample and relaunch say what all of their dispatches say together."""
    found = Figures(Monitor())
    for wave in waves_of(drawn):
        found = found.plus(wave)
    sample = [end for phase, _, ends in drawn if phase is Phase.SAMPLE for end in ends]
    relaunch = [end for phase, _, ends in drawn if phase is not Phase.SAMPLE for end in ends]
    assert tally(found.sample) == tally(sample)
    assert tally(found.relaunch) == tally(relaunch)
    assert found.monitor.n == tally(relaunch).n
    assert found.last == len(drawn)


def test_a_call_in_the_air_counts_for_the_monitor_within_the_waves_cap() -> None:
    """Of a wave that goes on, as many calls count as may still succeed at a time, and no more."""
    wave = WaveFigures(1, Phase.RAMP, cap=3, is_settled=False, open=10, ended=Counter([ENDS[0], ENDS[1]]))
    found = Figures(Monitor()).plus(wave)
    assert (found.monitor.n, found.monitor.k) == (5, 1)
    assert tally(found.relaunch).n == 2


def test_a_fault_whose_person_is_in_doubt_stops_the_relaunch_as_soon() -> None:
    """The platform fails call after call, and the carrier has heard people answer: no more are called."""

    def after(kind: Disposition) -> Figures:
        found = Figures(Monitor()).plus(
            WaveFigures(1, Phase.RAMP, 50, is_settled=True, open=0, ended=Counter({ENDS[0]: 1000}))
        )
        ended = Counter({(kind, f"sip:{code}", True): 5 for code in (500, 502, 503, 504)})
        return found.plus(WaveFigures(2, Phase.RAMP, 50, is_settled=True, open=0, ended=ended))

    assert after(Disposition.TRANSIENT).monitor.judge().word is VerdictWord.ABORT
    assert after(Disposition.AMBIGUOUS).monitor == after(Disposition.TRANSIENT).monitor
