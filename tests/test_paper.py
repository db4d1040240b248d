"""What is set in type: from data alone, in memory, tagged, and nothing anybody writes makes it do anything."""

import hashlib
import sys

import pytest
import typst
from conftest import agree, repository
from papers import Paper

from companion.paper import typesetting

HERE = repository() / "companion" / "paper"
HOSTILE = [
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.4": *',
    '#import "/house.typ"',
    "$ x^2 $ and $x$",
    "*strong* _soft_ `raw` ~ -- --- ...",
    '<label> @reference #label("x")',
    "= Not a heading",
    "// not a comment /* nor this */",
    '\\ \\u{41} #{ panic() } #eval("1 + 1")',
    "\"straight\" and 'straight'",
    "#set page(width: 1pt)",
    "]] }} )) [[ {{ ((",
    '{"json": [1, "\\\\"]}',
]


def review(*texts, **given):
    items = [{"text": text, "language": "da", "by": ""} for text in texts]
    whole = {"title": "Til min MUS", "language": "da", "name": "Anne Holm", "day": "25. november 2026", "foot": "",
             "parts": [{"heading": "Det jeg har lært", "items": items}]}  # fmt: skip
    return typesetting.pdf("review", whole | given)


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_is_written_comes_out_as_it_was_written(words):
    assert " ".join(words.split()) in Paper(review(words)).text


@pytest.mark.parametrize("words", HOSTILE)
def test_names_and_headings_are_words_too(words):
    one = Paper(review("Words.", name=words, title=words, foot=words))
    assert one.text.count(" ".join(words.split())) == 3


@pytest.mark.parametrize("words", ["smil 🙂", "漢字", "العربية", "\ufffd", "\ue000"])
def test_a_sign_no_font_has_does_not_stop_the_paper(words):
    paper = Paper(review(f"Before. {words} After."))
    assert "Before." in paper.text
    assert "After." in paper.text
    assert paper.is_tagged


def test_the_typesetter_reads_nothing_outside_its_folder(tmp_path):
    (tmp_path / "asks.typ").write_text('#read("/etc/passwd")')
    (tmp_path / "climbs.typ").write_text('#read("../../../../../../../../etc/passwd")')
    (tmp_path / "fetches.typ").write_text('#import "@preview/cetz:0.3.4"')
    for name in ("asks", "climbs", "fetches"):
        with pytest.raises(typst.TypstError):
            typst.compile(tmp_path / f"{name}.typ", root=tmp_path, package_path=tmp_path, package_cache_path=tmp_path)


def test_a_paper_is_a4_tagged_accessible_and_carries_its_fonts():
    paper = Paper(review("Łódź, žluťoučký, ğüş, æøå ÆØÅ “ ” – € § »ja«", "Andre ord."))
    assert paper.sizes == {(210, 297)}
    assert (paper.is_tagged, paper.is_accessible, paper.language) == (True, True, "da")
    assert all(paper.fonts.values())
    assert {"Literata-Regular", "Literata-Large-Regular", "Albert-Sans-Bold"} <= paper.fonts.keys()
    assert "Łódź, žluťoučký, ğüş, æøå ÆØÅ “ ” – € § »ja«" in paper.text


def test_a_paper_says_nothing_of_itself_but_its_title():
    said = Paper(review("Words.")).said_of_itself
    assert said.keys() <= {"/Title", "/Creator", "/CreationDate", "/ModDate"}
    assert said["/Title"] == "Til min MUS"
    assert said["/Creator"].startswith("Typst")


def test_danish_words_are_divided_where_danish_divides_them():
    pages = Paper(review("medarbejderudviklingssamtale " * 80)).pdf.pages
    lines = "\n".join(page.extract_text() for page in pages).splitlines()
    ends = {line[:-1].rpartition(" ")[2] for line in lines if line[-1:] in ("-", "\N{SOFT HYPHEN}", "\N{HYPHEN}")}
    assert ends
    assert ends <= {"me", "med", "medar", "medarbej", "medarbejder", "medarbejderud", "medarbejderudvik",
                    "medarbejderudviklings", "medarbejderudviklingssam", "medarbejderudviklingssamta"}  # fmt: skip


def test_lines_and_paragraphs_stay_as_they_were_written():
    first, second = (Paper(review(text)).pdf.pages[0].extract_text() for text in ("one\ntwo\n\nthree", "one two three"))
    assert [line for line in first.splitlines() if line in ("one", "two", "three")] == ["one", "two", "three"]
    assert "one two three" in second


def test_a_paper_of_forty_long_pieces_has_them_all_and_counts_its_pages():
    pieces = [f"Stykke {n}. " + "Jeg lægger mærke til det. " * 150 for n in range(40)]
    paper = Paper(review(*pieces))
    assert all(f"Stykke {n}. " in paper.text for n in range(40))
    assert f"{len(paper.pdf.pages)} / {len(paper.pdf.pages)}" in paper.text


def test_setting_type_writes_no_file(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    sys.addaudithook(lambda event, given: opened.append(given) if event == "open" and listening else None)
    listening, before = True, everything(HERE)
    review("zqxjkvw7 hemmeligt")
    listening = False
    assert [one for one in opened if one[1] and set(str(one[1])) & set("wax+")] == []
    assert list(tmp_path.iterdir()) == []
    assert everything(HERE) == before


def everything(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_the_fonts_are_what_they_were_made_to_be():
    folder = HERE / "fonts"
    listed = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in listed} == listed
    assert {path.name for path in folder.glob("*.ttf")} == set(listed)


# The agreement.


def agreement(browser, edition, query=""):
    return browser.get(f"/pairs/{edition.pair_id}/agreement/editions/{edition.id}/pdf{query}")


def test_the_agreement_comes_as_a_paper_with_all_that_was_agreed(agreed, anne, birgitte, browse):
    for person in (anne, birgitte):
        answer = agreement(browse(person), agreed, "?language=en")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="agreement.pdf"'
        assert answer.headers["Cache-Control"] == "no-store"
        paper = Paper(answer.data)
        for words in ("Agreement between Anne Holm and Birgitte Lund", "To say no in time.", "About six weeks",
                      "Confidentiality", "Edition 1", "Danger to life or of serious harm",
                      "says as little as will do", "Mentee · signed",
                      "Mentor · signed", "Fingerprint"):  # fmt: skip
            assert words in paper.text, words
        assert (paper.language, paper.sizes, paper.is_accessible) == ("en", {(210, 297)}, True)
        assert paper.said_of_itself["/Title"] == "Our agreement"


def test_the_agreement_is_read_in_danish_with_what_was_written_as_it_was_written(agreed, anne, browse):
    paper = Paper(agreement(browse(anne), agreed, "?language=da").data)
    for words in ("Aftale mellem Anne Holm og Birgitte Lund", "To say no in time.", "Formål", "Mentee · sagde ja"):
        assert words in paper.text, words
    assert paper.language == "da"
    assert "About six weeks" not in paper.text


def test_an_unknown_language_is_the_readers_own(agreed, anne, browse):
    assert Paper(agreement(browse(anne), agreed, "?language=xx").data).language == "en"


def test_nobody_else_gets_the_agreement(agreed, christian, dorte, browse):
    for person in (christian, dorte):
        assert agreement(browse(person), agreed).status_code == 404
    assert agreement(browse(), agreed).status_code == 303


def test_an_agreement_that_cannot_be_opened_is_no_paper(agreed, anne, browse):
    type(agreed).update(blob=b"x" * 60).execute()
    assert agreement(browse(anne), agreed).status_code == 409


def test_hostile_words_in_the_agreement_stay_words(room, browse):
    edition = agree(*room, mentee_aim=HOSTILE[0] + " " + HOSTILE[3])
    assert f"{HOSTILE[0]} {HOSTILE[3]}" in Paper(agreement(browse(room[0].person), edition).data).text


def test_an_agreement_with_a_sign_that_cannot_be_set_says_what_the_box_is(room, anne, browse):
    edition = agree(*room, mentee_aim="To say no in time \N{SLIGHTLY SMILING FACE}")
    assert "An empty box is a sign" in Paper(agreement(browse(anne), edition).data).text


def test_an_agreement_that_is_set_whole_says_nothing_of_boxes(agreed, anne, browse):
    assert "An empty box" not in Paper(agreement(browse(anne), agreed).data).text
