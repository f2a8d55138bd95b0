"""Stories of several commands in a row, told once and looked at by many tests."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.acceptance.site import COMMAND, PATIENT, Completed, OpenSite, Site, finished, until

REASON = ("--by", "Ana", "--reason", "checked with the campaign's owner")


@dataclass(frozen=True)
class Told:
    """A site with what each command there left behind, by a name for the command."""

    site: Site
    recovery_id: str
    done: dict[str, Completed]

    def __getitem__(self, name: str) -> Completed:
        """Return what one command left behind."""
        return self.done[name]


Tell = Callable[[str], Told]
"""Tells a story by its name."""


def tell(site: Site, **steps: tuple[str, ...]) -> Told:
    """Recover without --yes, so that the plan waits, then run steps; `R` stands for the recovery's id."""
    done = {"waiting": site.run("recover", site.job, "--no-prefect", "--json")}
    recovery_id = str(done["waiting"].json["recovery_id"])
    for name, args in steps.items():
        done[name] = site.run(*(recovery_id if arg == "R" else arg for arg in args), "--json")
    return Told(site, recovery_id, done)


def approved(open_site: OpenSite) -> Told:
    """Approve another plan, the plan that waits, that one twice, and resume until long after the end."""
    return tell(
        open_site("permit-leak"),
        other=("approve", "R", *REASON, "--plan", "0" * 64),
        short=("approve", "R", *REASON, "--plan", "0123"),
        approve=("approve", "R", *REASON),
        again=("approve", "R", *REASON),
        resume=("resume", "R", "--no-prefect"),
        late=("approve", "R", *REASON),
        resume_again=("resume", "R", "--no-prefect"),
    )


def declined(open_site: OpenSite) -> Told:
    """Decline a plan that waits."""
    return tell(
        open_site("permit-leak"),
        decline=("decline", "R", *REASON),
        approve=("approve", "R", *REASON),
        resume=("resume", "R", "--no-prefect"),
    )


def withdrawn(open_site: OpenSite) -> Told:
    """Cancel a recovery that waits for approval."""
    return tell(
        open_site("permit-leak"),
        cancel=("cancel", "R"),
        approve=("approve", "R", *REASON),
        cancel_again=("cancel", "R"),
    )


def stopped(open_site: OpenSite) -> Told:
    """Cancel a recovery while its relaunch runs."""
    site = open_site("dead-dispatcher", contacts=60, speed=25, policy=PATIENT)
    with site.recovering("--no-prefect") as process:
        until(lambda: site.waves("sample"), "a wave of the sample was accepted")
        recovery_id = str(site.ask("select id from recovery")[0][0])
        cancel = site.run("cancel", recovery_id, "--json")
        return Told(site, recovery_id, {"cancel": cancel, "recover": finished(process)})


def joined(open_site: OpenSite) -> Told:
    """Recover a job that another process recovers."""
    site = open_site("dead-dispatcher", contacts=16, speed=15, policy=PATIENT)
    with site.recovering("--no-prefect") as process:
        until(site.recoveries, "a recovery was opened")
        second = site.recover()
        recovery_id = str(site.ask("select id from recovery")[0][0])
        return Told(site, recovery_id, {"second": second, "first": finished(process)})


def said_yes(open_site: OpenSite) -> Told:
    """Recover at a terminal and answer yes."""
    return at_terminal(open_site("permit-leak"), "y")


def said_no(open_site: OpenSite) -> Told:
    """Recover at a terminal and answer no."""
    return at_terminal(open_site("permit-leak"), "n")


ALL = (approved, declined, withdrawn, stopped, joined, said_yes, said_no)


def at_terminal(site: Site, answer: str) -> Told:
    """Recover at a pseudo-terminal, answer its question, and return all that the terminal has shown."""
    screen, keyboard = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "recover", site.job, "--no-prefect"],
        env=site.env(TERM="xterm"),
        cwd=site.home,
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        start_new_session=True,
    )
    os.close(keyboard)
    try:
        shown = read_until(screen, "[y/N]")
        os.write(screen, f"{answer}\n".encode())
        shown += read_until(screen, None)
        code = process.wait(30)
    finally:
        process.kill()
        process.wait()
        os.close(screen)
    recovery_id = str(site.ask("select id from recovery")[0][0])
    return Told(site, recovery_id, {"recover": Completed(code, shown, "")})


def read_until(screen: int, words: str | None, seconds: float = 60) -> str:
    """Return what a terminal shows until the words stand there, or until it is closed."""
    shown, end = b"", time.monotonic() + seconds
    while words is None or words.encode() not in shown:
        ready, _, _ = select.select([screen], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"the terminal never showed {words!r}, only {shown[-500:]!r}"
        try:
            more = os.read(screen, 4096)
        except OSError:  # how Linux says that the other side is closed
            more = b""
        if not more:
            assert words is None, f"the terminal closed without {words!r}: {shown[-500:]!r}"
            break
        shown += more
    return shown.decode()
