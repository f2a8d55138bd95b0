"""Words against calls in a note are heard however they are written, and words about calls are not held up."""

import csv
import io
from pathlib import Path

import pytest

from models.contacts.unwanted import has_sign, is_against_calls, squeezed
from tasks.contact_files.file import check_file, iter_checked
from tasks.contact_files.records import may_forbid_calls
from tasks.contact_files.text import examine

ANN, BOB = "+61412345678", "+61412345679"
AGAINST = (
    *(
        "do not call",
        "please do not phone",
        "don't ring",
        "don\u2019t contact her",
        "never dial",
        "must not call",
    ),
    *("do not ever ring", "DO NOT DISTURB", "do  not  call", "do_not_ring", "do\nnot\ncall", "dont bother"),
    *("Never ring this person", "asked not to be called", "wishes never to be contacted"),
    *("does not want calls", "doesn't accept phone calls", "no more calls", "No cold calls please"),
    *(
        "stop calling",
        "STOP CONTACTING ME",
        "calls unwanted",
        "calls are not welcome",
        "do\u00a0not\u00a0call",
    ),
    *("remove from list", "Please remove me from your calling list", "deleted, never telephone"),
    *("DNC", "on the DNCR", "opted out in May", "opt-out", "Unsubscribed", "black listed", "blacklist"),
    *("nicht anrufen", "Bitte NICHT mehr anrufen!", "m\u00f6chte nicht angerufen werden"),
    *("nie wieder anrufen", "bitte nicht st\u00f6ren", "keine Werbeanrufe", "Keine weiteren Anrufe"),
    *("Anrufe unerw\u00fcnscht", "ne pas appeler", "ne plus l'appeler", "Ne jamais contacter"),
    *("n'appelez plus", "ne pas d\u00e9ranger", "plus d\u2019appels", "no llamar", "No volver a llamar"),
    *("no quiere m\u00e1s llamadas", "nunca contactar", "non chiamare", "Non pi\u00f9 contattare"),
    *("n\u00e3o ligar", "N\u00e3o mais ligar", "niet bellen", "niet meer bellen", "Bel niet!"),
    *("graag niet storen", "wil niet gebeld worden"),
)
FINE = (
    *("please call", "call in the morning", "an option", "last contacted in May", "first call went well"),
    *("did not answer, call back", "could not be contacted", "cannot be called at work", "no answer"),
    *("never answered", "no calls made yet", "not in the list", "from the list of the fair", "Ring twice"),
    *("nicht erreicht", "bitte anrufen", "Anruf am Montag", "rappeler demain", "llamar por la tarde"),
    *("chiamare domani", "ligar amanh\u00e3", "graag bellen", "note: contact by phone", "Saint Clair", ""),
)


@pytest.mark.parametrize("text", AGAINST)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_words_against_calls_are_found_in_the_file_before_it_is_read(
    tmp_path: Path, text: str, encoding: str
) -> None:
    """Whatever is held row by row is seen by the search that spares other files a second reading."""
    rows = io.StringIO()
    csv.writer(rows).writerows([["phone", "notes"], [ANN, ""], [BOB, f"VIP {text} 7"], [ANN, ""]])
    path = tmp_path / "contacts.csv"
    path.write_bytes(rows.getvalue().encode(encoding))
    assert is_against_calls(text)
    assert may_forbid_calls(examine(path))
    assert [row.e164 for row in iter_checked(path, region="AU")] == [ANN, None, None]
    held = check_file(path, region="AU")
    assert held.problems[0].code in {"opted_out", "opt_out_unclear"}
    assert held.headline.startswith("2 of 3 rows are NOT dialled (1 opt")


@pytest.mark.parametrize("text", FINE)
def test_words_about_calls_hold_nobody(tmp_path: Path, text: str) -> None:
    """A note that speaks of calls and not against them is no opt-out."""
    path = tmp_path / "contacts.csv"
    path.write_text(f'phone,notes\n{ANN},"{text}"\n', encoding="utf-8")
    assert not is_against_calls(text)
    assert [row.e164 for row in iter_checked(path, region="AU")] == [ANN]


@pytest.mark.parametrize(
    "header", ["Notes", "Info", "Kommentar", "Special instructions", "Remarques", "First name", ""]
)
def test_warnings_are_heard_wherever_people_write_them(tmp_path: Path, header: str) -> None:
    """Notes go by many names, stand beside a person's name, and in columns without one."""
    path = tmp_path / "contacts.csv"
    path.write_text(f"phone,x,{header}\n{ANN},1,Kim (never ring!)\n{BOB},2,Lee\n", encoding="utf-8")
    assert [row.e164 for row in iter_checked(path, region="AU")] == [None, BOB]


def test_a_file_without_a_header_is_heard_as_well(tmp_path: Path) -> None:
    """No column has a name, so any may hold the words."""
    path = tmp_path / "contacts.csv"
    path.write_text(f"Ann,{ANN},DO NOT RING\nBob,{BOB},\n", encoding="utf-8")
    assert [row.e164 for row in iter_checked(path, region="AU")] == [None, BOB]


@pytest.mark.parametrize("header", ["Do not ring", "Never call", "Nicht kontaktieren", "N\u00e3o ligar"])
def test_a_column_named_so_is_an_opt_out(tmp_path: Path, header: str) -> None:
    """The words as a column's name mean what they mean in a note."""
    path = tmp_path / "contacts.csv"
    path.write_text(f"phone,{header},x\n{ANN},yes,\n{BOB},no,\n", encoding="utf-8")
    assert [row.e164 for row in iter_checked(path, region="AU")] == [None, BOB]


def test_the_search_goes_on_across_the_pieces_of_a_large_file(tmp_path: Path) -> None:
    """Words on the border between two pieces of a megabyte are found like any others."""
    path = tmp_path / "contacts.csv"
    fill = f"{ANN},\n" * 70_000
    head = f"phone,notes\n{fill}"[: (1 << 20) - 4].rpartition("\n")[0]
    pad = "7" * ((1 << 20) - 4 - len(head) - 2)
    path.write_text(f"{head}\n{pad},do not ring\n", encoding="utf-8")
    assert may_forbid_calls(examine(path))
    assert not has_sign(squeezed(head.encode()))
