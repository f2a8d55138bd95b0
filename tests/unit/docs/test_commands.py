"""Commands on the pages: the program knows each of them, with each of its options."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from deployments.cli.app import app
from tests.unit.docs.pages import IDS, PAGES, quoted, shell_lines, text_of

ROOT_COMMAND: Any = get_command(app)
START = re.compile(r"(?:^|[;&|(]) ?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?ringback (?=[a-z-])")
END = re.compile(r"\s#|[;|>&)`…]|\s\.\.\.|$")


def commands(page: Path) -> list[str]:
    """Return every command of ours on a page, cut where the shell or the sentence goes on."""
    told = []
    for line in [*shell_lines(page), *quoted(page)]:
        for start in START.finditer(line):
            rest = line[start.end() :]
            cut = END.search(rest)
            told.append(rest[: cut.start() if cut else None].strip())
    return told


def trouble(words: list[str], command: Any = ROOT_COMMAND) -> str | None:
    """Return what the program does not know of a command's words, None where it knows all."""
    known = getattr(command, "commands", None)
    options = {name: param for param in command.params for name in param.opts}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name = word.partition("=")[0]
        if name == "--help":
            continue
        if name.startswith("--"):
            if name not in options:
                return f"{command.name} has no option {name}"
            if "=" not in word and not options[name].is_flag and rest:
                rest.pop(0)
        elif known is not None:
            return trouble(rest, known[word]) if word in known else f"there is no command {word}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_of_a_page_parses(page: Path) -> None:
    """Whoever pastes a command from the docs is not told that there is none, or no such option."""
    found = {told: trouble(re.sub(r"[\[\]\"]", " ", told).split()) for told in commands(page)}
    assert {told: why for told, why in found.items() if why} == {}


def test_the_readme_has_every_command() -> None:
    """The README's table names each command of the program, and no option that it has not."""
    page = text_of(PAGES[IDS.index("README.md")])
    cells = re.findall(r"^\| (`[a-z][^|]*) \|", page.partition("| command |")[2], flags=re.MULTILINE)
    told = [re.sub(r"[\[\]]", " ", one).split() for cell in cells for one in re.findall(r"`([^`]+)`", cell)]
    first = [words[0] for words in told if not words[0].startswith("--")]
    assert sorted(set(first)) == sorted(ROOT_COMMAND.commands)
    assert [trouble(words) for words in told if not words[0].startswith("--") and trouble(words)] == []


def test_commands_are_found_on_the_pages() -> None:
    """The test above looks at something: every page for users has commands, and the README most of them."""
    told = {str(name): commands(page) for name, page in zip(IDS, PAGES, strict=True)}
    assert {"README.md", "docs/quickstart.md", "docs/deploy.md", "docs/hooks.md"} <= {
        k for k, v in told.items() if v
    }
    first = {one.split()[0] for one in told["README.md"]}
    assert {"triage", "plan", "recover", "status", "up", "sandbox"} <= first


@pytest.mark.parametrize(
    "words", ["recuver JOB", "recover JOB --yess", "token ad --name x", "token add --nam x", "--verson"]
)
def test_a_wrong_command_is_noticed(words: str) -> None:
    """A misspelt command, sub-command or option is trouble."""
    assert trouble(words.split())


@pytest.mark.parametrize("words", ["recover JOB --yes", "token add --name x --scope read", "--version"])
def test_a_right_command_is_none(words: str) -> None:
    """What the program knows is no trouble, whatever stands for an id."""
    assert trouble(words.split()) is None
