"""A report as Markdown: for a ticket, a mail, a terminal."""

from collections.abc import Iterator, Sequence

from models.report.page.document import Document, ReportTable, Section
from models.report.page.plain import plain
from models.report.page.spoken import pieces


def markdown(report: Document) -> str:
    """Return the report as Markdown; sections without a word are left out."""
    parts = [f"# {plain(report.title)}: {plain(report.state_words)}"]
    for name, section in report.sections.items():
        flow = list(_flow(report)) if name == "people" and report.people.expected else []
        parts += _section(section, flow)
    parts.append(f"As of {plain(report.made_words)}.")
    return "\n\n".join(parts) + "\n"


def _section(section: Section, flow: list[str]) -> Iterator[str]:
    body = [" ".join(_said(text) for text in section.paragraphs)] if section.paragraphs else []
    body += [*flow, *(_table(table) for table in section.tables)]
    if section.commands:
        body.append("\n".join(f"    {' '.join(command.split())}" for command in section.commands))
    if body:
        yield f"## {section.heading}"
        yield from body


def _said(text: str) -> str:
    return "".join(f"`{piece}`" if is_ours else _escaped(piece) for is_ours, piece in pieces(text))


def _escaped(piece: str) -> str:
    # The blanks at its ends part it from a command.
    start, end = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    return f"{start and ' '}{plain(piece)}{end and ' '}"


def _flow(report: Document) -> Iterator[str]:
    rows = [("all", "", f"{report.people.expected:,}")]
    for group in report.flow:
        rows.append((group.message, "", f"{group.count:,}"))
        rows += [("", one.message, f"{one.count:,}") for one in group.ends]
    yield _lines(("people", "of them", "count"), rows)


def _table(table: ReportTable) -> str:
    return f"**{plain(table.caption)}**\n\n{_lines(table.head, table.rows)}"


def _lines(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(plain(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
