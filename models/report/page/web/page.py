"""A report as one page of HTML that needs nothing besides itself: no script, no font, no address."""

from collections.abc import Iterator

from models.report.page.document import Document, ReportTable, Section
from models.report.page.spoken import pieces
from models.report.page.voices import Voice
from models.report.page.web.drawing import inlined
from models.report.page.web.elements import Child, Html, element
from models.report.page.web.style import CSS

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser lets the page load: nothing, whatever might be written into it."""
STORY = ("what_happened", "why", "what_was_done")
PEOPLE = "people"
LABELS = {
    "recovery_id": "Recovery",
    "job_id": "Job",
    "workspace": "Workspace",
    "platform": "Platform",
    "level": "Level",
    "verdict": "Verdict",
    "plan_hash": "Plan",
    "package": "Package",
}


def html(report: Document) -> str:
    """Return the page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{report.title}: {report.state_words}"),
        element("style", Html(CSS)),
    )
    body = element(
        "body", _header(report), element("main", *_main(report)), _footer(report), class_=_kinds(report)
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en').text}\n"


def _kinds(report: Document) -> str:
    return f"{report.voice.value} {report.state}"


def _header(report: Document) -> Html:
    ids = [
        element("div", element("dt", label), element("dd", told))
        for name, label in LABELS.items()
        if (told := report.ids.get(name))
    ]
    return element(
        "header",
        element("h1", report.title),
        element("p", report.state_words, class_="state"),
        *([element("dl", *ids)] if ids else []),
    )


def _footer(report: Document) -> Html:
    return element("footer", element("p", f"As of {report.made_words}."))


def _main(report: Document) -> Iterator[Html]:
    told = dict(report.sections)
    if report.voice is Voice.CUSTOMER:
        yield element(
            "div", *(_section(name, told[name]) for name in STORY if _says(told[name])), class_="story"
        )
    else:
        yield from (_section(name, told[name]) for name in STORY if _says(told[name]))
    people = _section(PEOPLE, told[PEOPLE], *(_flow(report) if report.people.expected else ()))
    yield from ((people, *_figure(report)) if report.voice is Voice.CUSTOMER else (*_figure(report), people))
    rest = [name for name in told if name not in {*STORY, PEOPLE}]
    yield from (_section(name, told[name]) for name in rest if _says(told[name]))


def _says(section: Section) -> bool:
    return bool(section.paragraphs or section.tables or section.commands)


def _section(name: str, section: Section, *more: Html) -> Html:
    texts = [element("p", *_said(text)) for text in section.paragraphs]
    commands = [element("pre", element("code", "\n".join(section.commands)), tabindex="0")]
    return element(
        "section",
        element("h2", section.heading, id=name),
        *texts,
        *more,
        *(_table(table) for table in section.tables),
        *(commands if section.commands else []),
        class_=name,
        aria_labelledby=name,
    )


def _said(text: str) -> Iterator[Child]:
    for is_ours, piece in pieces(text):
        yield element("code", piece) if is_ours else piece


def _table(table: ReportTable) -> Html:
    head = element("tr", *(element("th", name, scope="col") for name in table.head))
    rows = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
        for row in table.rows
    ]
    whole = element(
        "table", element("caption", table.caption), element("thead", head), element("tbody", *rows)
    )
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=table.caption)


def _flow(report: Document) -> Iterator[Html]:
    parts = [element("span", class_=one.name, style=f"flex:{one.count}") for one in report.flow]
    yield element("div", *parts, class_="bar", aria_hidden="true")
    head = element(
        "tr", element("th", "People", scope="col"), element("th", "Count", scope="col", class_="n")
    )
    bodies = [
        element(
            "tbody",
            element(
                "tr",
                element(
                    "th",
                    element("span", class_=f"dot {group.name}", aria_hidden="true"),
                    group.message,
                    scope="rowgroup",
                ),
                _figures(group.count),
                class_="group",
            ),
            *(
                element("tr", element("th", one.message, scope="row"), _figures(one.count))
                for one in group.ends
            ),
        )
        for group in report.flow
    ]
    total = element("tr", element("th", "All together", scope="row"), _figures(report.people.expected))
    caption = element("caption", f"From {report.people.expected:,} expected to every end")
    yield element("table", caption, element("thead", head), *bodies, element("tfoot", total), class_="flow")


def _figures(count: int) -> Html:
    return element("td", f"{count:,}", class_="n")


def _figure(report: Document) -> Iterator[Html]:
    picture = report.picture
    if picture is None:
        return
    if not picture.svg:
        yield element(
            "section", element("h2", "When", id="when"), element("p", picture.alt), aria_labelledby="when"
        )
        return
    drawn = Html(inlined(picture.svg.encode(), picture.alt))
    scroll = element(
        "div", drawn, class_="scroll", tabindex="0", role="region", aria_label="Chart of the calls"
    )
    words = element("details", element("summary", "The chart in words"), element("p", picture.alt))
    yield element("figure", scroll, element("figcaption", "What happened, and when"), words)
