"""Markdown to safe HTML: the one place that marks what somebody wrote as safe.

No raw HTML, no images, links only to http, https and mailto, found in linear time. Rendered when it is written
and kept, sealed, beside the text; `VERSION` says by which renderer, so that a better one renders anew.
"""

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import BACKTICK_RE, BacktickInlineProcessor, InlineProcessor
from markdown.preprocessors import Preprocessor
from markupsafe import Markup, escape

from companion.errors import Invalid
from companion.i18n import _, format_number

VERSION = 1
LONGEST = 10_000
# What few signs can be made to nest into; a note that would take more is shown as it was typed.
LARGEST = 12 * LONGEST
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
RULE = re.compile(r" {0,3}([-=*_] *)+")
TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
UNWANTED = (
    "html",
    "entity",
    "reference",
    "short_reference",
    "image_link",
    "image_reference",
    "short_image_ref",
    "link",
)


def read(typed, *, field="text", longest=LONGEST, required=False):
    """What somebody typed, with line ends as one; raises Invalid when it is too long or, if required, empty."""
    text = UNSEEN.sub("", typed.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > longest:
        message = _(
            "At most %(number)s characters, please. What you wrote is still here.", number=format_number(longest)
        )
        raise Invalid(message, field)
    if required and not text.strip():
        raise Invalid(_("Write a few words first."), field)
    return text.strip() if longest < LONGEST else text


def render(text):
    """Safe HTML (str) of Markdown `text`, at most 10,000 characters."""
    plain = f"<pre>{escape(text)}</pre>"
    try:
        html = Markdown(extensions=["sane_lists", "nl2br", _Linear()], output_format="html").convert(text)
    except RecursionError:
        html = plain
    html = _cleaner.clean(html)
    return html if len(html) <= LARGEST else _cleaner.clean(plain)


def plain(html):
    """The words of a rendered note without its marks: paragraphs and lines as they are read."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.words)).strip()


class _Words(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.words = []

    def handle_starttag(self, tag, attributes):
        if tag == "li":
            self.words.append("– ")

    def handle_endtag(self, tag):
        if tag in ("p", "li", "ul", "ol", "pre", *HEADINGS):
            self.words.append("\n\n" if tag in ("p", "pre", *HEADINGS) else "\n")

    def handle_data(self, data):
        # Between its blocks the renderer ends lines of its own.
        self.words.append(data if data.strip() or "\n" not in data else "")


def safe(html):
    """Mark what `render` made, and nothing else."""
    return Markup(html)


class _Link(InlineProcessor):
    """[words](address), without nesting: the library's own pattern is quadratic in the number of brackets."""

    PATTERN = r"\[([^\[\]]{1,300})\]\(\s*(<[^<>\n]{1,500}>|[^\s()<>]{1,500})\s*\)"

    def handleMatch(self, m, data):  # noqa: N802 (the library's name)
        link = ElementTree.Element("a")
        link.text = m.group(1)
        link.set("href", self.unescape(m.group(2).strip("<>")))
        return link, m.start(0), m.end(0)


class _Code(BacktickInlineProcessor):
    """`code` of at most a thousand letters: the library looks through all that follows for each backtick anew."""

    def find_code_spans(self, start, text):
        return super().find_code_spans(start, text[: start + 1000])


class _Apart(Preprocessor):
    """Rules and underlines by the hundred, each in a block of its own: the library reads all that follows anew for
    each that stands in one block."""

    def run(self, lines):
        rules = [bool(RULE.fullmatch(line)) for line in lines]
        if sum(rules) < 100:
            return lines
        return [part for line, rule in zip(lines, rules, strict=True) for part in ((line, "") if rule else (line,))]


class _Linear(Extension):
    def extendMarkdown(self, md):  # noqa: N802 (the library's name)
        md.preprocessors.register(_Apart(md), "apart", 10)
        md.preprocessors.deregister("html_block")
        md.parser.blockprocessors.deregister("reference")
        for name in UNWANTED:
            md.inlinePatterns.deregister(name)
        md.inlinePatterns.register(_Link(_Link.PATTERN, md), "link", 160)
        md.inlinePatterns.register(_Code(BACKTICK_RE), "backtick", 190)


def _attribute(tag, name, value):
    # //elsewhere and /here are no addresses a note has any use for.
    return value if re.match(r"(https?://|mailto:)", value, re.IGNORECASE) or name != "href" else None


_cleaner = nh3.Cleaner(
    tags=TAGS | HEADINGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer ugc",
    clean_content_tags={"script", "style"},
    attribute_filter=_attribute,
)


def init_app(app):
    app.jinja_env.filters["note"] = lambda words: safe(render(words))
