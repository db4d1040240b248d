"""Both languages are whole: every sentence has its Danish, keeps its placeholders, and stands in the catalogue."""

import ast
import re
from contextlib import contextmanager
from datetime import date, datetime
from html.parser import HTMLParser

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from conftest import plan_meeting, repository
from flask_babel.speaklater import LazyString
from jinja2 import Environment, nodes

from companion import db, i18n, stance
from companion.actions.models import OUTCOMES
from companion.agreement import clauses
from companion.i18n import ngettext
from companion.meetings.models import STEPS
from companion.prompts.models import THEMES
from companion.reflections.models import AFTER, WAYS

ROOT = repository()
LANGUAGES = ("da", "en")
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
MODULES = sorted((ROOT / "companion").rglob("*.py"))
TRANSLATING = {"_", "_l", "gettext", "ngettext"}
# The name of the house, and languages in their own language, are the same for every reader.
SAME_FOR_ALL = {"Companion", "Dansk", "English", "På dansk", "In English"}
# Written in both languages at once, for somebody whose language nobody knows yet.
IN_BOTH_LANGUAGES = {"pairs/invitation_letter.txt"}
READ_ALOUD = {"placeholder", "aria-label", "aria-description", "title", "alt", "label"}
READ_ALOUD |= {"data-typing", "data-saving", "data-offline"}


def catalogue(language):
    path = ROOT / "locales" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def sentences(language):
    """{English: translation, each one str or a tuple of singular and plural}."""
    return {message.id: message.string for message in catalogue(language) if message.id}


def forms(words):
    return (words,) if isinstance(words, str) else tuple(words)


def extracted():
    """The English of every message in templates and code, as `make messages` finds it."""
    with (ROOT / "locales" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for chosen in options.values():
        chosen["silent"] = "false"
    keywords = DEFAULT_KEYWORDS | {"_l": None}
    return {found[2] for found in extract_from_dir(ROOT, methods, options, keywords=keywords)}


def placeholders(words):
    return set(re.findall(r"%\((\w+)\)s", words))


# The catalogues


def test_every_message_has_its_danish():
    danish = sentences("da")
    assert sorted(str(words) for words in extracted() if not all(forms(danish.get(words, "")))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_what_is_used_and_nothing_else(language):
    assert set(sentences(language)) == extracted()


def test_a_translation_keeps_the_placeholders():
    lost = []
    for english, danish in sentences("da").items():
        all_of_them = set().union(*map(placeholders, forms(english)))
        for form, words in enumerate(forms(danish)):
            # "One question" does without its number.
            may_lack = {"num"} if isinstance(english, tuple) and form == 0 else set()
            if not all_of_them - may_lack <= placeholders(words) <= all_of_them:
                lost.append(words)
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_knows_its_language_and_its_plurals(language):
    headers = dict(catalogue(language).mime_headers)
    assert headers["Language"] == language
    assert headers["Plural-Forms"] == "nplurals=2; plural=(n != 1);"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_names_no_person_and_no_place(language):
    lines = (ROOT / "locales" / language / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(("#:", "#~", '"Last-Translator', '"Report-Msgid'))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_says_what_its_source_says(language):
    path = ROOT / "locales" / language / "LC_MESSAGES" / "messages.mo"
    with path.open("rb") as file:
        compiled = {forms(message.id): forms(message.string) for message in read_mo(file)}
    # What has no translation speaks English: one form by itself, two because the compiler puts them in.
    said = {forms(english): forms(words) for english, words in sentences(language).items() if all(forms(words))}
    said |= {english: english for english in sentences(language) if isinstance(english, tuple)} | said
    compiled.pop(("",))
    assert compiled == said, f"make {path.relative_to(ROOT)} first"


def test_danish_has_danish_signs():
    odd = re.compile(r"[\"“”„']|\.\.\.| - |—")
    assert [words for danish in sentences("da").values() for words in forms(danish) if odd.search(words)] == []


def test_danish_puts_no_s_behind_a_name():
    """Larss mål is no Danish, and nobody knows what the two are called."""
    behind = re.compile(r"%\(\w*names?\)ss")
    assert [words for danish in sentences("da").values() for words in forms(danish) if behind.search(words)] == []


# No sentence outside the catalogue


class Texts(HTMLParser):
    """What a page says: texts, and attributes that are read aloud, outside elements in another language."""

    def __init__(self, language=None):
        super().__init__()
        self.language, self.found, self.foreign = language, [], []

    @classmethod
    def of(cls, html, language=None):
        parser = cls(language)
        parser.feed(html)
        parser.close()
        return parser.found

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if self.foreign or self.language and attributes.get("lang", self.language) != self.language:
            self.foreign.append(tag)
        else:
            self.found += [attributes[name] or "" for name in attributes.keys() & READ_ALOUD]

    def handle_endtag(self, tag):
        if tag in self.foreign:
            del self.foreign[self.foreign.index(tag) :]

    def handle_data(self, data):
        if not self.foreign and data.strip():
            self.found.append(" ".join(data.split()))


def has_letters(words):
    return any(letter.isalpha() for letter in words)


def outside_expressions(source):
    """A template without its comments and blocks; `{}` stands for every expression."""
    kept = {"data": lambda words: words, "variable_begin": lambda _words: "{}"}
    return "".join(kept[kind](words) for _line, kind, words in Environment().lex(source) if kind in kept)


def bare_strings(node):
    """The string constants of a template's expressions that are not the sentence of a call of _ or ngettext."""
    if isinstance(node, nodes.Const):
        return [node.value] if isinstance(node.value, str) else []
    translated = isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in TRANSLATING
    children = node.iter_child_nodes(exclude=("args",) if translated else None)
    return [found for child in children for found in bare_strings(child)]


def is_sentence(words):
    """Two plain words, or one with a capital: no key, class or path of this house looks like that."""
    plain = re.fullmatch(r"[\w ,.?!…’]+", words.strip()) and re.search(r"[^\W\d_],? +[^\W\d_]", words)
    return bool(plain or re.match(r"[A-ZÆØÅ].*[a-zæøå]", words.strip()))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_outside_the_catalogue(path):
    if str(path.relative_to(ROOT / "templates")) in IN_BOTH_LANGUAGES:
        return
    source = path.read_text(encoding="utf-8")
    # Attributes that a macro gives to its caller stand where texts stand.
    texts = [re.sub(r'[a-z-]+="[^"]*"', "", words) for words in Texts.of(outside_expressions(source))]
    said = {part.strip("{} ") for words in texts if has_letters(words) for part in words.split(" · ")}
    said |= {words for words in bare_strings(Environment().parse(source)) if is_sentence(words)}
    assert said - SAME_FOR_ALL == set()


def calls(tree, names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def functions():
    """{name: function} of the whole house."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    return {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def is_translated(node, around):
    """Whether `node`, inside the function or module `around`, is a sentence from the catalogue."""
    if isinstance(node, ast.IfExp):
        return is_translated(node.body, around) and is_translated(node.orelse, around)
    if isinstance(node, ast.Name):
        given = [
            assignment.value
            for assignment in ast.walk(around)
            if isinstance(assignment, ast.Assign) and ast.unparse(assignment.targets[0]) == node.id
        ]
        return bool(given) and all(is_translated(value, around) for value in given)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    if node.func.id in TRANSLATING:
        return True
    inside = functions().get(node.func.id)
    returned = [n.value for n in ast.walk(inside) if isinstance(n, ast.Return)] if inside else []
    return bool(returned) and all(is_translated(value, inside) for value in returned)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT / "companion")))
def test_a_refusal_speaks_from_the_catalogue(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = {}
    # From the outside in, so that the innermost function has the last word.
    for around in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
        for call in calls(around, {"Invalid", "NotYours"}):
            checked[call.lineno] = bool(call.args) and is_translated(call.args[0], around)
    assert [line for line, spoken in checked.items() if not spoken] == []


def test_the_lists_of_the_house_wait_for_the_reader():
    words = [*clauses.PARTS.values(), *THEMES.values(), *OUTCOMES.values()]
    words += [one for clause in clauses.CLAUSES for one in (clause.label, clause.says, *dict(clause.options).values())]
    words += [one for way in WAYS.values() for step in way.steps for one in (step.name, step.asks, step.hint) if one]
    words += [one for way in WAYS.values() for one in (way.name, way.says)]
    words += [one for questions in AFTER.values() for _key, *asked in questions for one in asked if one]
    words += [one for step in STEPS for one in (step.name, step.asks)]
    words += [one for step in stance.STANCES for one in (step.name, step.says)]
    assert [one for one in words if one and not isinstance(one, LazyString)] == []


# Dates, clocks and numbers


@pytest.fixture
def reading(app):
    """reading("da") is a request by somebody whose browser asks for Danish."""

    @contextmanager
    def request(accepted, **options):
        with app.test_request_context(headers={"Accept-Language": accepted}, **options):
            yield

    return request


NOW = datetime(2026, 11, 10, 8)
# By the clock in Copenhagen 14:32, a Thursday.
THEN = datetime(2026, 11, 12, 13, 32)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("da", ["12. november", "3. maj 2027", "12. november 2026", "14.32", "12. november kl. 14.32", "På torsdag"]),
        ("en", ["12 November", "3 May 2027", "12 November 2026", "14:32", "12 November at 14:32", "On Thursday"]),
    ],
)
def test_dates_and_clocks_are_written_as_the_reader_writes_them(reading, language, written):
    with db.at(NOW), reading(language):
        assert written == [
            i18n.day(THEN),
            i18n.day(date(2027, 5, 3)),
            i18n.day(THEN, year=True),
            i18n.clock(THEN),
            i18n.day_and_clock(THEN),
            i18n.weekday(THEN),
        ]


@pytest.mark.parametrize(("language", "written"), [("da", "I dag, I morgen, "), ("en", "Today, Tomorrow, ")])
def test_only_the_coming_days_have_names(reading, language, written):
    days = [datetime(2026, 11, day, 13) for day in (10, 11, 17)]
    with db.at(NOW), reading(language):
        assert ", ".join(i18n.weekday(day) for day in days) == written


@pytest.mark.parametrize(("language", "written"), [("da", "maj–august"), ("en", "May–August")])
def test_a_span_of_months(reading, language, written):
    with reading(language):
        assert i18n.span(datetime(2026, 5, 7), datetime(2026, 8, 20)) == written
        assert i18n.span(datetime(2026, 5, 7), datetime(2026, 5, 20)) == written.split("–")[0]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (
            "da",
            [
                "0 minutter",
                "1 minut",
                "2 minutter",
                "Ét spørgsmål",
                "To spørgsmål",
                "13 spørgsmål",
                "en dag",
                "to dage",
            ],
        ),
        (
            "en",
            [
                "0 minutes",
                "1 minute",
                "2 minutes",
                "One question",
                "Two questions",
                "13 questions",
                "one day",
                "two days",
            ],
        ),
    ],
)
def test_one_is_one_and_the_others_are_many(reading, language, written):
    with reading(language):
        minutes = [ngettext("%(num)s minute", "%(num)s minutes", number) for number in (0, 1, 2)]
        questions = [ngettext("One question", "%(num)s questions", number) for number in (1, 2, 13)]
        days = [ngettext("one day", "%(num)s days", number) for number in (1, 2)]
        assert [*minutes, *questions, *days] == written


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("da-DK,da;q=0.9,en;q=0.5", "da"), ("en-GB,en;q=0.9,da;q=0.5", "en"), ("fr", "da"), ("", "da")],
)
def test_the_browser_says_which_language_and_otherwise_it_is_danish(reading, accepted, language):
    with reading(accepted):
        assert i18n.language() == language


def test_the_readers_own_choice_comes_before_the_browsers(reading):
    with reading("en", environ_overrides={"HTTP_COOKIE": f"{i18n.LANGUAGE_COOKIE}=da"}):
        assert i18n.language() == "da"


# A Danish page is Danish


def english_in(html):
    """The English sentences on a page that has Danish for them."""
    texts = Texts.of(html, "da")
    return {english for english, pattern in ENGLISH.items() for words in texts if pattern.search(words)}


def pattern_of(english):
    """A pattern for `english` with anything in its placeholders, or None where too little of it is left to know it."""
    pieces = re.split(r"%\(\w+\)s", english)
    if len(pieces) > 1 and sum(map(str.isalpha, "".join(pieces))) < 5:
        return None
    return re.compile(r"(?<!\w)" + ".+".join(map(re.escape, pieces)) + r"(?!\w)")


ENGLISH = {
    one: pattern_of(one)
    for english, danish in sentences("da").items()
    for one, other in zip(forms(english), forms(danish), strict=True)
    if one != other and pattern_of(one)
}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-up", "/forgot", "/promise", "/nowhere"])
def test_the_door_is_danish_for_a_dane(browse, path):
    response = browse().get(path, headers={"Accept-Language": "da"})
    assert '<html lang="da">' in response.text
    assert english_in(response.text) == set()


def test_a_room_is_danish_for_two_danes(room, agreed, meeting, browse, anne, birgitte):
    held = plan_meeting(room[0], days=-1)
    pair, here = f"/pairs/{meeting.pair_id}", f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    pages = ["/pairs", "/pairs/new", "/settings", "/recovery-code", pair]
    pages += [f"{pair}/{page}" for page in ("agreement/", "agreement/clauses", "progress/", "prompts/", "meetings/new")]
    pages += [here, f"{here}/plan", f"{pair}/meetings/{held.id}", f"{pair}/actions/new"]
    pages += [f"{here}/preparation?step={step}" for step in (*(step.key for step in WAYS["plain"].steps), "share")]
    held.begin()
    for person in (anne, birgitte):
        person.choose("da")
        client = browse(person)
        for page in pages:
            response = client.get(page, follow_redirects=True)
            assert english_in(response.text) == set(), page


def test_english_on_a_danish_page_would_be_seen(browse):
    response = browse().get("/sign-in", headers={"Accept-Language": "en"})
    assert {"Welcome back to the room.", "Sign in"} <= english_in(response.text.replace('lang="en"', 'lang="da"'))


def test_another_language_is_spoken_inside_and_the_readers_own_again_afterwards(app):
    with app.test_request_context(headers={"Accept-Language": "da"}):
        assert i18n.get_locale().language == "da"
        with i18n.force_locale("en"):
            assert i18n.get_locale().language == "en"
            assert i18n._("The room") == "The room"
            with i18n.force_locale("da"):
                assert i18n._("The room") != "The room"
            assert i18n.get_locale().language == "en"
        assert i18n.get_locale().language == "da"
        with pytest.raises(ValueError, match="broke"), i18n.force_locale("en"):
            raise ValueError("broke")
        assert i18n._("The room") != "The room"
