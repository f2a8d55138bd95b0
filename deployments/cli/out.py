"""What a command shows: JSON or plain words on stdout, progress and errors on stderr."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from models.errors import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_OK, EXIT_PERSON, EXIT_USAGE, RingbackError
from models.invariants import BrokenInvariantError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

P = ParamSpec("P")
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")
]

INTERRUPTED = "Interrupted. `ringback status` shows what is open; resume it when ready."


class ToldToEnd(KeyboardInterrupt):
    """SIGTERM: heard where Ctrl-C is, but nobody sits there who pressed it."""


class InterruptedRecoveryError(RingbackError):
    """A person pressed Ctrl-C at a recovery: the sentence says how far it came, and who is still called."""

    exit_code = EXIT_INTERRUPTED
    next_action = "Go on or take it back with one of the commands that the message ends with."


WIDEST_WORD = 20
"""Columns up to this width are never broken; longer ones share what is left."""


@cache
def screen() -> "Console":
    """Return the terminal's stdout, made when something is first shown: `--help` and `--json` never do."""
    from rich.console import Console

    return Console()


@cache
def aside() -> "Console":
    """Return the terminal's stderr, made when something is first said."""
    from rich.console import Console

    return Console(stderr=True)


def show_json(document: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def show_table(title: str, head: list[str], rows: list[list[Any]]) -> None:
    """Print a table."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for index, name in enumerate(head):
        lines = [line for cell in (name, *(str(row[index]) for row in rows)) for line in cell.split("\n")]
        widest = max(map(len, lines))
        table.add_column(name, overflow="fold", no_wrap=widest <= WIDEST_WORD)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    screen().print(table)


def show_lines(title: str, lines: Sequence[tuple[str, str, Sequence[str]]]) -> None:
    """Print counted groups under a title: a number, what it counts, and a line for each reason."""
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for count, head, reasons in lines:
        for number, reason in enumerate(reasons or ("",)):
            grid.add_row(*(("", "") if number else (count, escape(head))), escape(reason))
    screen().print(title, style="bold", markup=False, highlight=False, soft_wrap=True)
    screen().print(Padding(grid, (0, 0, 0, 2), expand=False))


def show_columns(head: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> None:
    """Print a line of plain columns for each row, and below it, indented, what there is to say of it."""
    from rich.padding import Padding
    from rich.text import Text

    widths = [max(map(len, column)) for column in zip(head, *(cells for cells, _ in rows), strict=True)]
    for cells, below in ((head, ""), *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        screen().print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)
        if below:
            screen().print(Padding(Text(below), (0, 0, 0, 2), expand=False))


def show_pairs(pairs: Mapping[str, Any]) -> None:
    """Print names and values under each other."""
    width = max(len(name) for name in pairs)
    for name, value in pairs.items():
        screen().print(f"{name:<{width}}  {value}", markup=False, highlight=False, soft_wrap=True)


def note(message: str) -> None:
    """Say one sentence beside what is printed."""
    aside().print(message, markup=False, highlight=False, soft_wrap=True)


def can_ask() -> bool:
    """Tell whether somebody sits at a terminal who can be asked."""
    return bool(sys.stdin) and sys.stdin.isatty() and aside().is_terminal


class Live:
    """Progress on stderr: bars on a terminal, a line now and then elsewhere."""

    def __init__(self, bars: "Progress | None") -> None:
        """Show bars in `bars`, or lines where it is None."""
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}

    def say(self, message: str) -> None:
        """Show one sentence."""
        note(message)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Show how far something is."""
        if self._bars:
            task = (
                self._tasks.setdefault(what, self._bars.add_task(what, total=total))
                if (what not in self._tasks)
                else self._tasks[what]
            )
            self._bars.update(task, completed=done, total=total)
            return
        now = time.monotonic()
        if now - self._said.get(what, 0.0) >= 5:  # noqa: PLR2004  seconds between two lines
            self._said[what] = now
            self.say(f"{what}: {done}{f' of {total}' if total else ''}")


@contextmanager
def reporting() -> Iterator[Live]:
    """Give a reporter that cleans up after itself."""
    if not aside().is_terminal:
        yield Live(None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=aside(), transient=True) as bars:
        yield Live(bars)


@contextmanager
def logging_on() -> Iterator[Any]:
    """Give a reporter for what runs for long: the same, or lines for machines as the settings say."""
    from tasks.runtime.settings.settings import load_settings

    if load_settings().log_format == "json":
        from tasks.runs.logs import LineReporter

        yield LineReporter()
        return
    with reporting() as live:
        yield live


def guarded(act: Callable[P, int | None]) -> Callable[P, None]:
    """Turn what goes wrong in a command into one sentence and the contract's exit code."""

    @wraps(act)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            if given := kwargs.get("recovery"):
                kwargs["recovery"] = _whole_id(str(given))
            code = act(*args, **kwargs) or EXIT_OK
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            code = _complain(INTERRUPTED, EXIT_PERSON, as_json)
        except BrokenPipeError:
            code = EXIT_OK
        except Exception as error:  # noqa: BLE001  the last place where an error can become a sentence
            words, code = in_words(error)
            _complain(words, code, as_json)
        raise typer.Exit(code)

    return run


def _whole_id(given: str) -> str:
    from models.report.short_id import is_whole

    if is_whole(given):
        return given
    from tasks.ledger.recoveries import resolve
    from tasks.runtime.wiring import open_runtime

    return resolve(open_runtime().ledger, given)


def misused(error: Any) -> int:
    """Show how a command is used, under --json as its one document too, and return the exit code."""
    error.show()
    if "--json" in sys.argv:
        show_json({"error": error.format_message(), "exit": EXIT_USAGE})
    return EXIT_USAGE


def _complain(message: str, code: int, as_json: bool) -> int:
    if as_json:
        show_json({"error": message, "exit": code})
    aside().print(f"ringback: {message}", markup=False, highlight=False, soft_wrap=True, style="red")
    return code


def in_words(error: Exception) -> tuple[str, int]:
    """Return the sentence and the exit code for an error."""
    if isinstance(error, RingbackError) and not isinstance(error, BrokenInvariantError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        return _of_the_system(error), EXIT_FAULT
    return _unexpected(error), EXIT_FAULT


def _of_the_system(error: OSError) -> str:
    # An error of our own that is one for the system too carries its sentence alone.
    return f"{error.strerror}: {error.filename or ''}".strip(" :") if error.strerror else str(error)


def _unexpected(error: Exception) -> str:
    # The message of an unforeseen error may hold anything, a number included: only its place is shown.
    trace, place = error.__traceback__, ""
    while trace:
        place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"An unforeseen fault ({type(error).__name__} at {place}). The ledger is safe; please report it."
