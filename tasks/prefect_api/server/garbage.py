"""Garbage collected by a thread that nobody waits for, and by no other.

Python collects in whichever thread happens to allocate. Where that is an event loop and the garbage holds a
cursor of SQLite, the loop waits until that cursor's connection has ended what it does; where the connection
waits for a lock whose owner has to be resumed by that loop, both stand still until SQLite's patience is
over. On Python 3.11, where a cursor keeps a statement that has failed, Prefect's server did so for its
`busy_timeout` of 60 s whenever several runs began at once. Later Pythons let go of the statement.

Prefect 3.9.1 on Python 3.11.7 still does. Under twelve clients for 90 s, a server of `prefect server start`
said nothing for 60.6 s, twice, and took 3 rounds of requests; behind this thread 5.7 s at most, and 58.
"""

import gc
from threading import Event, Thread

YOUNG_SECONDS = 1.0
"""Between two collections of what is young; microseconds to some milliseconds each."""
WHOLE_EVERY = 30
"""Every so many times all is looked at: 0.2 s for the 300,000 objects of a Prefect server."""
YOUNG, WHOLE = 1, 2


def collect_aside(seconds: float = YOUNG_SECONDS) -> Event:
    """Stop Python's own collecting and start the thread; setting what is returned ends the thread."""
    ended = Event()
    gc.disable()
    Thread(target=_collect, args=(seconds, ended), name="garbage", daemon=True).start()
    return ended


def _collect(seconds: float, ended: Event) -> None:
    turn = 0
    while not ended.wait(seconds):
        turn += 1
        gc.collect(YOUNG if turn % WHOLE_EVERY else WHOLE)
