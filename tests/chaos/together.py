"""Several processes at once on one virtual clock: whoever waits lets the others go on, in a fixed order."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tasks.clock import VirtualClock

_LONGEST = 600.0
"""Real seconds after which a turn that is not given back counts as lost."""


@dataclass(eq=False)
class _Player:
    act: Callable[[], None]
    wakes: datetime
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    over: bool = False
    error: BaseException | None = None


class SharedClock(VirtualClock):
    """A virtual clock on which several acts go on side by side, one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._players: dict[int, _Player] = {}
        self._back = threading.Semaphore(0)

    def sleep(self, seconds: float) -> None:
        """Let the others go on until it is this one's turn again; alone, be there at once."""
        me = self._players.get(threading.get_ident())
        if me is None:
            super().sleep(seconds)
            return
        me.wakes = self.now() + timedelta(seconds=max(0.0, seconds))
        self._back.release()
        me.turn.acquire()

    def together(self, *acts: Callable[[], None], apart: float = 0.0) -> None:
        """Run acts side by side, each beginning some seconds after the one before; raise what one raised."""
        start = self.now()
        players = [_Player(act, start + timedelta(seconds=n * apart)) for n, act in enumerate(acts)]
        for player in players:
            threading.Thread(target=self._play, args=(player,), daemon=True).start()
        while left := [player for player in players if not player.over]:
            following = min(left, key=lambda player: player.wakes)
            self._now = max(self._now, following.wakes)
            following.turn.release()
            if not self._back.acquire(timeout=_LONGEST):
                raise TimeoutError("an act kept its turn for ever")
        self._players.clear()
        for player in players:
            if player.error:
                raise player.error

    def _play(self, player: _Player) -> None:
        player.turn.acquire()
        self._players[threading.get_ident()] = player
        try:
            player.act()
        except BaseException as error:  # noqa: BLE001  told to whoever runs them together
            player.error = error
        player.over = True
        self._back.release()
