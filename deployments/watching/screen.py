"""A live view as a terminal shows it: counters, the sample's walk, waves, permits, ETA."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.report.live import LiveView, Step, Walk

TRACK = 25
"""Signs between the two bounds of the sample's walk."""
LOOKS = 8
"""How many of the newest looks at the sample are shown."""
BAR = 30
_COUNTED = {
    "reached": "reached",
    "failed_again": "failed again",
    "withdrawn": "taken back",
    "waiting": "to go",
    "skipped": "skipped",
    "unknown": "maybe sent",
    "kept_back": "kept back for a person",
}


def drawn(view: LiveView) -> RenderableType:
    """Return a view for a terminal of 80 columns."""
    parts: list[RenderableType] = [
        Text(f"{view.recovery_id}  {view.said}", style="bold"),
        Text(f"job {view.job_id}, workspace {view.workspace}"),
        Text(bar(view)),
        Text(_counters(view)),
    ]
    if view.walk.steps:
        parts += [Text(""), Text("Sample: the rest is called at the left end, nobody at the right one")]
        parts += [Text(track(view.walk, step)) for step in view.walk.steps[-LOOKS:]]
    if view.waves:
        parts += [Text(""), _waves(view)]
    parts += [Text(""), Text(f"Permits: {view.in_air} of {view.permits} in use")]
    parts += [Text(f"ETA: {view.eta}")] if view.eta else []
    parts += [Text(f"Next: {view.next_action}")] if view.next_action else []
    return Group(*parts)


def bar(view: LiveView) -> str:
    """Return how many are called as a bar, with the figures beside it."""
    total = view.counts["planned"]
    filled = view.called * BAR // total if total else 0
    return f"{'█' * filled}{'░' * (BAR - filled)}  {view.called} of {total} called"


def track(walk: Walk, step: Step) -> str:
    """Return where one look stands between go and abort."""
    place = round(walk.place(step) * (TRACK - 1))
    line = "·" * place + "●" + "·" * (TRACK - 1 - place)
    return f"go |{line}| abort   {step.k} of {step.n} failed: {step.word}"


def _counters(view: LiveView) -> str:
    found = [f"{view.counts[name]} {words}" for name, words in _COUNTED.items() if view.counts[name]]
    return ", ".join(found) or "nobody was called yet"


def _waves(view: LiveView) -> Table:
    table = Table(box=None, pad_edge=False, title_justify="left", header_style="bold")
    for name in ("wave", "phase", "state", "contacts", "ended", "reached"):
        table.add_column(name)
    for wave in view.waves:
        cells = (wave.n, wave.phase, wave.state, wave.size, wave.ended, wave.reached)
        table.add_row(*map(str, cells))
    return table
