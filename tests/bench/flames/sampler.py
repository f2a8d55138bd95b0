"""A sampler within the process: every thread's stack, weighed by the CPU that the thread has used since.

It needs no rights, and a thread that waits for an answer weighs nothing; a sampler from outside takes some
waiting for work.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

EVERY = 0.005
MICROSECONDS = 1_000_000


@contextmanager
def sampling(target: Path) -> Iterator[None]:
    """Look at all other threads again and again meanwhile, and write the stacks down at the end.

    A line is the frames from the outermost on, between semicolons, and microseconds of CPU.
    """
    found: Counter[str] = Counter()
    over = threading.Event()
    used = {thread: _cpu(thread) for thread in sys._current_frames()}
    sampler = threading.Thread(target=_look, args=(found, used, over), daemon=True)
    sampler.start()
    try:
        yield
    finally:
        over.set()
        sampler.join()
        target.write_text("".join(f"{stack} {weight}\n" for stack, weight in found.items()))


def _look(found: Counter[str], used: dict[int, float], over: threading.Event) -> None:
    mine = threading.get_ident()
    while not over.wait(EVERY):
        for thread, frame in sys._current_frames().items():
            spent = _cpu(thread)
            before = used.get(thread, 0.0)
            used[thread] = spent
            # A thread may have the number of one that has ended.
            weight = round(MICROSECONDS * (spent - before if spent >= before else spent))
            if weight and thread != mine:
                found[";".join(_stack(frame))] += weight


def _cpu(thread: int) -> float:
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    except OSError:  # it has just ended
        return 0.0


def _stack(frame: FrameType | None) -> list[str]:
    frames = []
    while frame:
        frames.append(f"{frame.f_code.co_qualname} ({frame.f_code.co_filename})")
        frame = frame.f_back
    return frames[::-1]
