"""Notes: Markdown in, a short list of tags out; what is too long is said; and kept, sealed, beside the text."""

import json
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from companion import text, vault
from companion.errors import Invalid
from companion.meetings.models import Recap
from companion.reflections.models import Insight, Reflection

ALLOWED = {
    "p",
    "br",
    "strong",
    "em",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "hr",
    "a",
    *(f"h{n}" for n in range(1, 7)),
}
REL = {"nofollow", "noopener", "noreferrer", "ugc"}


class Seen(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.tags.append(("!--", {}))

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(html):
    for tag, attributes in Seen(html).tags:
        assert tag in ALLOWED
        assert attributes.keys() <= ({"href", "rel"} if tag == "a" else {"start"} if tag == "ol" else set())
        if "href" in attributes:
            assert attributes["href"].lower().startswith(("http://", "https://", "mailto:"))
        if tag == "a":
            assert set(attributes["rel"].split()) == REL


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("**strong** and *soft*", "<p><strong>strong</strong> and <em>soft</em></p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three\n4. four", '<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("## Next", "<h2>Next</h2>"),
        ("---", "<hr>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("5 < 7 & 3 > 2", "<p>5 &lt; 7 &amp; 3 &gt; 2</p>"),
        ("", ""),
    ],
)
def test_what_somebody_writes_is_shown_as_meant(written, shown):
    assert text.render(written) == shown


@pytest.mark.parametrize(
    "address", ["https://vestby.dk/a?b=1&c=2", "http://vestby.dk", "HTTPS://VESTBY.DK", "mailto:anne@vestby.dk"]
)
def test_a_link_leads_to_the_web_or_to_a_letter(address):
    for written in (f"[here]({address})", f"[here](<{address}>)", f"<{address.replace('mailto:', '')}>"):
        ((tag, attributes),) = [seen for seen in Seen(text.render(written)).tags if seen[0] != "p"]
        assert tag == "a"
        assert unescape(attributes["href"]) == address
        assert set(attributes["rel"].split()) == REL


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert", "data:text/html,x", "//evil.example", "/pairs", "vbscript:x", "file:///etc",
     "&#106;avascript:alert", "java\tscript:alert", "\x01javascript:alert", "ftp://x.dk", "#top", "tel:112", "https"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["[here]({})", "[here](<{}>)", "<{}>", "[x]: {}\n\n[x]", "![here]({})"])
def test_a_link_leads_nowhere_else(address, form):
    html = text.render(form.format(address))
    assert "href" not in html
    assert_harmless(html)


@pytest.mark.parametrize(
    "written",
    [
        "![a picture](https://vestby.dk/x.png)",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<style>p{display:none}</style>",
        "<svg onload=alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        "<form action=/sign-out method=post><button>x</button></form>",
        '<p class="spun" id="main" style="x" onclick="y">z</p>',
        "<!-- hidden -->",
        "<math><mtext></math><img src=x onerror=alert(1)>",
        "`<b>`<b>",
        '[a](https://x.dk/"onmouseover="alert(1))',
        "[a](https://x.dk) <a href='javascript:x'>",
    ],
)
def test_neither_pictures_nor_raw_html_come_through(written):
    html = text.render(written)
    assert_harmless(html)
    assert "<img" not in html
    assert "hidden" in html or "hidden" not in written


@given(
    st.text(
        alphabet=st.one_of(
            st.sampled_from(list("<>[]()!\"'`*_#-+.&;:/\\ \n=jJaAx\t\x00\x02\x03|~1")), st.characters(codec="utf-8")
        ),
        max_size=200,
    )
)
@hypothesis(deadline=None, max_examples=300)
def test_whatever_is_written_is_harmless_when_shown(written):
    assert_harmless(text.render(written))


@given(
    st.lists(
        st.sampled_from(
            [
                "[",
                "](",
                ")",
                "<a href='",
                "javascript:",
                "https://x",
                "'>",
                "<img ",
                "onerror=",
                "&#",
                "`",
                "\n\n",
                "> ",
                "- ",
            ]
        )
    )
)
@hypothesis(deadline=None, max_examples=300)
def test_whatever_is_put_together_from_dangerous_pieces_is_harmless(pieces):
    assert_harmless(text.render("".join(pieces)))


@given(st.lists(st.text(alphabet="abcæøå", min_size=1, max_size=8), min_size=1, max_size=20))
def test_no_word_is_lost_on_the_way(words):
    assert "".join(Seen(text.render("\n".join(words))).words).split() == words


@pytest.mark.parametrize("written", [">" * 3000, "- " * 3000, "[" * 5000 + "x", "*" * 9999, "`" * 9999, "&#" * 5000])
def test_a_strange_text_is_shown_all_the_same(written):
    html = text.render(written)
    assert_harmless(html)
    assert html


# Reading what was typed.


@pytest.mark.parametrize(("letters", "is_code"), [(900, True), (1100, False)])
def test_for_the_end_of_code_only_so_much_is_looked_through(letters, is_code):
    html = text.render(f"`{'a' * letters}`\n\nand `more`")
    assert ("<code>a" in html) == is_code
    assert "a" * letters in html
    assert html.count("`") == (0 if is_code else 2)
    assert "<code>more</code>" in html


def test_line_ends_are_one_and_nothing_invisible_is_kept():
    assert text.read("one\r\ntwo\rthree\n\x00four") == "one\ntwo\nthree\nfour"


def test_a_long_note_keeps_its_spaces_and_a_short_answer_does_not():
    assert text.read("  as written \n") == "  as written \n"
    assert text.read("  as meant \n", longest=500) == "as meant"


@pytest.mark.parametrize(("length", "longest"), [(10_000, 10_000), (500, 500), (10_000, None)])
def test_as_much_as_is_promised_fits(length, longest):
    limits = {"longest": longest} if longest else {}
    assert len(text.read("æ" * length, **limits)) == length
    with pytest.raises(Invalid) as refused:
        text.read("æ" * (length + 1), field="cue", **limits)
    assert str(length) in str(refused.value).replace(",", "")
    assert refused.value.field == "cue"


def test_line_ends_of_a_browser_do_not_count_twice():
    assert len(text.read("a\r\n" * 5000)) == 10_000


@pytest.mark.parametrize("typed", ["", " ", "\r\n\t", "\x00"])
def test_nothing_is_no_answer_where_one_is_needed(typed):
    assert text.read(typed).strip() == ""
    with pytest.raises(Invalid):
        text.read(typed, required=True)


def test_ten_thousand_of_the_largest_letters_fit_through_the_door_and_into_the_row(meeting, anne, browse):
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/preparation"
    longest = "🦊" * 10_000
    assert browse(anne).post(f"{path}/what", {"text": longest}).status_code == 303
    assert Reflection.on(meeting.opener, meeting)["what"].text == longest
    lines = "<\r\n" * 5_000
    assert browse(anne).post(f"{path}/so_what", {"text": lines}).status_code == 303
    assert Reflection.on(meeting.opener, meeting)["so_what"].text == "<\n" * 5_000


# Kept beside the text.


def sealed(row):
    """What stands, opened, in the row's blob."""
    return json.loads(vault.unseal(row.opener.keys[row.scope], type(row).get_by_id(row.id).blob, *row._context()))


def keep(row, html):
    """Seal the row with this beside its text, as a renderer of another day would have."""
    inside = json.dumps(sealed(row) | {"html": html}).encode()
    blob = vault.seal(row.opener.keys[row.scope], inside, *row._context())
    type(row).update(blob=blob).where(type(row).id == row.id).execute()


@pytest.fixture
def recap(meeting):
    return Recap.save_text(meeting, "since", "**This** is the sign.", rev=0, page="")


def test_a_note_is_rendered_when_it_is_written(recap):
    assert sealed(recap)["html"] == {"version": text.VERSION, "text": "<p><strong>This</strong> is the sign.</p>"}
    assert recap.html("text") == "<p><strong>This</strong> is the sign.</p>"


def test_what_is_kept_is_what_is_shown(recap, room):
    keep(recap, {"version": text.VERSION, "text": "<p>kept</p>"})
    assert Recap.find(room[1], recap.id).html("text") == "<p>kept</p>"


@pytest.mark.parametrize(
    "html",
    [{"version": 0, "text": "<p>old</p>"}, {"version": 99, "text": "<p>newer</p>"}, {"version": text.VERSION}, {}],
)
def test_what_another_renderer_kept_is_rendered_anew(recap, room, html):
    keep(recap, html)
    assert Recap.find(room[1], recap.id).html("text") == "<p><strong>This</strong> is the sign.</p>"


def test_a_change_renders_anew(recap):
    recap.change(text="*Another* sign.")
    assert sealed(recap)["html"]["text"] == recap.html("text") == "<p><em>Another</em> sign.</p>"


def test_every_kind_of_note_is_kept_so(meeting):
    for kind in (Recap, Reflection, Insight):
        assert kind.markdown == ("text",)
    insight = Insight.note(meeting, "*soft*", shared=False)
    assert sealed(insight)["html"]["text"] == "<p><em>soft</em></p>"
    shared = insight.share()
    assert sealed(shared)["html"]["text"] == "<p><em>soft</em></p>"
