"""Looking again and again until a recovery has ended, whatever each look is shown on."""

from collections.abc import Callable

from models.report.live import LiveView

Show = Callable[[LiveView], None]


def follow(read: Callable[[], LiveView], show: Show, pause: Callable[[], None]) -> LiveView:
    """Show a recovery again and again until it has ended, and return the last view."""
    while True:
        view = read()
        show(view)
        if view.is_over:
            return view
        pause()


def each_change(say: Callable[[str], None]) -> Show:
    """Return what says a line for each view that says something new."""
    said = ""

    def show(view: LiveView) -> None:
        nonlocal said
        if (words := view.message()) != said:
            said = words
            say(words)

    return show
