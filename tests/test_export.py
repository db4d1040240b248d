"""Taking it along: all that is mine and all that is ours, nothing else, readable, described, and kept nowhere."""

import io
import json
import re
import tempfile
import zipfile
from datetime import timedelta

import pytest
from attacks.world import dump, furnish, kinds
from conftest import make_pair, plan_meeting, repository
from markdown import Markdown

from companion import reading
from companion.actions.models import Offer, Promise
from companion.db import at, now
from companion.export import archive
from companion.export.pages import plain, quoted
from companion.goals.models import Goal, Score
from companion.meetings.models import Meeting
from companion.pairs.models import Invitation, Pair
from companion.pairs.rows import Row
from companion.people.attempts import Attempt
from companion.reflections.models import KEYS, ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.strengths.models import StrengthOffer

SECRET = "zebraer i entreen"


def export(client, passphrase, path="/export"):
    """The zip that somebody gets, opened."""
    answer = client.post(path, {"passphrase": passphrase(client.person)})
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.data))


@pytest.fixture
def sit(browse):
    """sit(person) is a client that knows who sits at it."""

    def seated(person):
        client = browse(person)
        client.person = person
        return client

    return seated


def words_of(taken):
    """All the Markdown of an export as one text."""
    return "\n".join(taken.read(name).decode() for name in taken.namelist() if name.endswith(".md"))


def data_of(taken):
    return json.loads(taken.read("export.json"))


# What is in it.


def test_every_kind_of_row_is_in_the_export_of_those_who_may_read_it(app, room, sit, passphrase):
    furnish(*room)
    for pair in room:
        taken = export(sit(pair.person), passphrase)
        (here,) = data_of(taken)["rooms"]
        words = words_of(taken)
        for cls in kinds():
            rows = cls.readable_by(pair)
            assert {row["id"] for row in here["rows"][cls.kind]} == {str(row.id) for row in rows}
            for row in rows:
                for line in said(app, row):
                    for part in quoted(line.words, note=line.note):
                        assert part in words, (cls.kind, line)
    # Anne holds the key to one of each, and nothing of these is withheld from her.
    assert [cls.kind for cls in kinds() if not cls.readable_by(room[0])] == []


def said(app, row):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        return reading.lines(row)


def test_every_sealed_attribute_is_in_the_data(room, sit, passphrase):
    furnish(*room)
    (here,) = data_of(export(sit(room[0].person), passphrase))["rooms"]
    for cls in kinds():
        for row in here["rows"][cls.kind]:
            assert row["content"].keys() == cls.sealed.keys()


def test_a_kind_that_nobody_wrote_a_page_for_is_read_all_the_same(room, sit, passphrase, monkeypatch):
    for kind in ("promise", "recap"):
        monkeypatch.delitem(reading.SAYS, kind)
        monkeypatch.delitem(reading.NAMES, kind)
    furnish(*room, words=SECRET)
    taken = export(sit(room[0].person), passphrase)
    text = words_of(taken)
    assert "## Promise\n" in text
    assert "### Recap\n" in text
    assert text.count(SECRET) > 20


@pytest.mark.parametrize("mine", [0, 1])
def test_nothing_that_the_other_keeps_for_themselves_is_in_it(room, meeting, sit, passphrase, mine):
    own, other = room[mine], room[1 - mine]
    theirs = Meeting.find(other, meeting.id)
    Reflection.save_text(other, theirs, "note", SECRET, rev=0, page="")
    Reflection.save_text(other, None, "arrival", SECRET, rev=0, page="")
    Insight.note(theirs, SECRET, shared=False)
    taken = export(sit(own.person), passphrase)
    assert not any(SECRET.encode() in taken.read(name) for name in taken.namelist())
    assert SECRET in words_of(export(sit(other.person), passphrase))


def test_what_is_withheld_is_in_it_when_both_have_answered(room, sit, passphrase):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()

    def styles():
        (here,) = data_of(export(sit(room[0].person), passphrase))["rooms"]
        return [row["content"]["style"] for row in here["rows"]["experienced style"]]

    ExperiencedStyle.mark(Meeting.find(room[1], meeting.id), 2)
    assert styles() == []
    ExperiencedStyle.mark(meeting, 5)
    assert styles() == [2, 5]


@pytest.mark.parametrize("role", [0, 1])
def test_every_question_that_can_be_answered_is_named_beside_its_answer(room, meeting, sit, passphrase, role):
    pair = room[role]
    mine = Meeting.find(pair, meeting.id)
    for step in KEYS - {"way"}:
        Reflection.save_text(pair, mine, step, f"words of {step}", rev=0, page="", style=3, talked="both")
    Reflection.save_text(pair, mine, "way", "hard", rev=0, page="")
    text = words_of(export(sit(pair.person), passphrase))
    for step in KEYS - {"way"}:
        assert f"words of {step}" in text
        assert f"**{step}**" not in text
    assert "Something hard" in text


IN_CODE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|\d{4}-\d\d-\d\d")


@pytest.mark.parametrize("mine", [0, 1])
def test_what_is_read_is_said_in_the_readers_words_and_not_as_it_is_kept(app, room, mine):
    furnish(*room)
    for goal in Goal.open_in(room[0]):
        goal.end({"ending": "reached", "learned": "words"})
    for cls in kinds():
        for row in cls.readable_by(room[mine]):
            with app.test_request_context(headers={"Accept-Language": "da"}):
                told = reading.lines(row)
            kept = {name.replace("_", " ").capitalize() for name in cls.sealed}
            kept |= {
                key.capitalize()
                for name in cls.sealed
                if isinstance(value := getattr(row, name), dict)
                for key in value
            }
            assert not kept & {line.label for line in told} - {"Timeout"}, cls.kind
            assert not [line for line in told if IN_CODE.search(line.words)], cls.kind
            assert not {line.words for line in told} & {"named", "kept", "finding out", "reached"}, cls.kind


def test_a_level_that_is_as_expected_is_said_like_any_other(app, room):
    levels = {"what": "x", "why": "x"} | {f"level-{n}": f"sentence {n}" for n in range(5)}
    for level, says in (("0", "As expected"), ("-2", "Much less than expected")):
        goal = Goal.write_down(room[0], levels | {"now": level})
        assert ("Level", says) in [line[:2] for line in said(app, Score.start_of(goal))]


# Of these the asker is shown whatever they hold the key to; a new kind is put here when that is so of it too.
SHOWN = {
    *("action", "agenda item", "clause proposal", "draft", "edition", "insight", "meeting", "offer", "own prompt"),
    *("promise", "prompt marks", "recap", "reflection", "shared preparation", "signature"),
    *("farewell", "goal", "goal wording", "midway note", "midway review", "nearest step", "pulse", "review item"),
    *("review request", "set aside", "strength", "strength offer", "talk wish"),
}


def test_every_kind_says_whether_something_of_it_is_withheld(app):
    undecided = {cls.kind for cls in kinds() if not cls.withheld} - SHOWN
    assert undecided == set(), "say `withheld`, or that the other may always see it"


def test_every_kind_has_a_name_in_both_languages(app):
    assert {cls.kind for cls in kinds()} - reading.NAMES.keys() == set()


def test_all_rooms_or_one_and_nobody_elses(room, anne, birgitte, christian, dorte, sit, passphrase):
    Insight.note(plan_meeting(room[0]), "with Birgitte", shared=True)
    other = make_pair(dorte, anne)
    Insight.note(plan_meeting(other[1]), "with Dorte", shared=False)
    waiting, _token = Invitation.to_room(anne, "eva@example.dk", "mentor")
    Reflection.save_text(Pair.opened_by(anne, waiting.pair_id), None, "arrival", "before it is open", rev=0, page="")
    everything = words_of(export(sit(anne), passphrase))
    assert all(part in everything for part in ("with Birgitte", "with Dorte", "before it is open"))
    only = words_of(export(sit(anne), passphrase, f"/pairs/{room[0].id}/export"))
    assert "with Birgitte" in only
    assert "with Dorte" not in only
    theirs = export(sit(christian), passphrase)
    assert data_of(theirs)["rooms"] == []
    for method in ("get", "post"):
        answer = getattr(sit(christian), method)(f"/pairs/{room[0].id}/export")
        assert answer.status_code == 404


def test_it_is_in_the_readers_language(room, sit, anne, passphrase):
    furnish(*room)
    anne.choose("da")
    names = export(sit(anne), passphrase).namelist()
    assert {"læs-mig-først.md", "rum-1/1-aftalen.md", "rum-1/2-møder.md"} <= set(names)
    anne.choose("en")
    names = export(sit(anne), passphrase).namelist()
    assert {"read-me-first.md", "room-1/1-agreement.md", "room-1/2-meetings.md"} <= set(names)


def test_what_was_shared_stands_under_the_questions_of_the_way_that_was_chosen(room, meeting, sit, passphrase):
    Reflection.save_text(room[0], meeting, "way", "strength", rev=0, page="")
    for step in ("question", "extra_1"):
        Reflection.save_text(room[0], meeting, step, f"words of {step[:5]}", rev=0, page="")
    SharedPreparation.share(meeting, "all")
    text = words_of(export(sit(room[1].person), passphrase))
    assert "**What was yours to do?**\n\n> words of extra" in text


def test_what_the_room_says_names_nobody_and_an_untold_column_is_told_to_nobody(room, sit, passphrase, monkeypatch):
    offer = Offer.make(room[1], "an idea")
    Offer.find(room[0], offer.id).decline()
    monkeypatch.setattr(Offer, "untold", ("declined_at",))
    promise = Promise.make(room[0], "a promise")
    # Sealed as the room's own, with an author who is neither of the two.
    promise.author = promise.pair_id
    Promise.update(author=promise.pair_id, blob=promise._seal()).where(Promise.id == promise.id).execute()
    taken = export(sit(room[1].person), passphrase)
    rows = data_of(taken)["rooms"][0]["rows"]
    assert rows["offer"][0]["columns"].keys() == {"meeting_id", "adopted_at", "parked_at"}
    (row,) = rows["promise"]
    assert (row["author"], row["voice"], row["saved_by"], row["content"]["text"]) == (None, None, None, "a promise")
    assert not re.search(r"a promise\s+\*(Anne|Birgitte)", words_of(taken))


def test_a_quiet_no_to_what_the_mentor_has_seen_leaves_no_trace_in_what_the_mentor_takes_along(room, sit, passphrase):
    declined, unanswered = (StrengthOffer.make(room[1], "seen") for _ in range(2))
    StrengthOffer.find(room[0], declined.id).decline()
    rows = data_of(export(sit(room[1].person), passphrase))["rooms"][0]["rows"]["strength offer"]
    one, other = sorted(rows, key=lambda row: row["id"] != str(declined.id))
    assert one["id"] == str(declined.id)
    apart = {"id", "created_at", "saved_at"}
    assert {name: one[name] for name in one.keys() - apart} == {name: other[name] for name in other.keys() - apart}
    assert [row["saved_at"] == row["created_at"] for row in (one, other)] == [True, True]


def test_what_is_never_to_be_told_of_the_other_is_not(room, sit, passphrase, monkeypatch):
    monkeypatch.setattr(Promise, "withheld", ("author",))
    for pair, words in zip(room, ("mine", "theirs"), strict=True):
        Promise.make(pair, words)
    (row,) = data_of(export(sit(room[0].person), passphrase))["rooms"][0]["rows"]["promise"]
    assert row["content"]["text"] == "mine"


def test_a_row_that_cannot_be_opened_says_so_and_takes_no_other_with_it(room, meeting, sit, passphrase):
    kept, broken = (Insight.note(meeting, words, shared=True) for words in ("kept", "broken"))
    Insight.update(blob=b"\1" * 200).where(Insight.id == broken.id).execute()
    taken = export(sit(room[0].person), passphrase)
    (here,) = data_of(taken)["rooms"]
    found = {row["id"]: row["content"] for row in here["rows"]["insight"]}
    assert found == {str(kept.id): {"text": "kept"}, str(broken.id): None}
    assert "This text cannot be opened." in words_of(taken)


# As described.


def wrong(value, schema, root, place="$"):
    """[what does not fit] of `value` in the part of JSON Schema that ours is written in."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    named = schema.get("type", [])
    named = [named] if isinstance(named, str) else named
    if named and type(value) not in {types[one] for one in named}:
        return [f"{place} is no {named}"]
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return [f"{place} is {value!r}"]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return [f"{place} is {value!r}"]
    found = []
    if isinstance(value, list):
        for n, one in enumerate(value):
            found += wrong(one, schema.get("items", {}), root, f"{place}[{n}]")
    if isinstance(value, dict):
        found += [f"{place} lacks {name}" for name in schema.get("required", ()) if name not in value]
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            if inner is False:
                found.append(f"{place} has {name}")
            else:
                found += wrong(one, inner or {}, root, f"{place}.{name}")
    return found


@pytest.fixture
def schema():
    return json.loads((repository() / "docs" / "export.schema.json").read_text())


def test_the_data_is_as_its_schema_says(room, anne, sit, passphrase, schema):
    furnish(*room)
    Invitation.to_room(anne, "eva@example.dk", "mentor")
    data = data_of(export(sit(anne), passphrase))
    assert wrong(data, schema, schema) == []
    assert data["version"] == archive.VERSION == schema["properties"]["version"]["const"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("version"),
        lambda data: data.update(version=2),
        lambda data: data.update(more=1),
        lambda data: data["person"].update(id="x"),
        lambda data: data["rooms"][0].update(role="boss"),
        lambda data: data["rooms"][0]["rows"]["insight"][0].pop("voice"),
        lambda data: data["rooms"][0]["rows"]["insight"][0].update(created_at="yesterday"),
        lambda data: data["rooms"][0]["rows"]["insight"][0].update(content=[]),
    ],
)
def test_the_schema_refuses_what_is_not_an_export(room, sit, passphrase, schema, spoil):
    furnish(*room)
    data = data_of(export(sit(room[0].person), passphrase))
    spoil(data)
    assert len(wrong(data, schema, schema)) == 1


def test_the_description_names_every_kind_there_is(app):
    described = (repository() / "docs" / "export.md").read_text()
    assert [cls.kind for cls in kinds() if f"`{cls.kind}`" not in described] == []


# Words stay words.

HOSTILE = [
    "# A heading of mine",
    "<script>alert(1)</script>",
    "![look](https://evil.example/pixel.png)",
    "[here](javascript:alert(1))",
    "<https://evil.example>",
    "[one]: https://evil.example",
    "> said\n# by me",
    "words\n===",
    "words\n---",
    "1. one\n2. two",
    "```\ncode",
    "&lt;b&gt; &copy;",
    "~~~\n<b>x</b>",
    "| a | b |\n|---|---|",
    "../../etc/passwd",
    "*a* _b_ `c`",
]


@pytest.mark.parametrize("note", [False, True])
@pytest.mark.parametrize("words", HOSTILE)
def test_what_somebody_wrote_becomes_nothing_but_words(words, note):
    page = "\n".join(["# Ours", "", *quoted(words, note=note), "", plain(words)])
    html = Markdown().convert(page)
    shown = re.sub(r"</?(p|br|blockquote|h1|em|strong|code|ul|ol|li)( ?/)?>", "", html)
    assert not re.search(r"<\w|href|src=", shown), html
    assert html.count("<h1>") == 1
    assert not re.search("<h[2-6]", html)
    if not note:
        assert not re.search("<(em|strong|code|ul|ol|li)>", html)


@pytest.mark.parametrize("words", HOSTILE)
def test_the_names_in_the_zip_are_ours_whatever_is_written(room, sit, anne, passphrase, words):
    Insight.note(plan_meeting(room[0], form="theme", title=words[:100], place=words), words, shared=True)
    hers = passphrase(anne)
    anne.settle(name="../" + words.replace("\n", " ")[:80], language="en", timezone="Europe/Copenhagen")
    taken = export(sit(anne), lambda _person: hers)
    for entry in taken.infolist():
        assert re.fullmatch(r"(read-me-first\.md|export\.json|room-1/\d-[a-z-]+\.md)", entry.filename)
        assert entry.file_size < 100_000
    assert len(set(taken.namelist())) == len(taken.namelist())


# The way to it.


def test_the_answer_is_a_file_that_nobody_keeps(room, sit, anne, passphrase):
    answer = sit(anne).post("/export", {"passphrase": passphrase(anne)})
    assert answer.mimetype == "application/zip"
    assert re.fullmatch(r'attachment; filename="companion-\d{4}-\d\d-\d\d\.zip"', answer.headers["Content-Disposition"])
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_is_left_in_files(room, sit, anne, passphrase, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    furnish(*room)
    client = sit(anne)
    before = {path for path in tmp_path.rglob("*") if not path.name.startswith("companion.db")}
    export(client, passphrase)
    assert {path for path in tmp_path.rglob("*") if not path.name.startswith("companion.db")} == before


@pytest.mark.parametrize("path", ["/export", "/pairs/{}/export"])
@pytest.mark.parametrize("typed", ["", "not the one", "havn cykel tålmod rugbrød stjerne"])
def test_without_the_passphrase_there_is_no_file(room, sit, anne, path, typed):
    furnish(*room, words=SECRET)
    client = sit(anne)
    answer = client.post(path.format(room[0].id), {"passphrase": typed})
    assert answer.status_code == 422
    assert "That is not the passphrase you have now." in answer.text
    assert SECRET not in answer.text
    assert typed == "" or typed not in answer.text


def test_guessing_is_slowed_as_at_the_door_and_counted_together_with_it(room, sit, browse, anne, passphrase):
    client = sit(anne)
    for _ in range(3):
        assert client.post("/export", {"passphrase": "wrong"}).status_code == 422
    for _ in range(2):
        browse().post("/sign-in", {"email": anne.email, "passphrase": "wrong"})
    refused = client.post("/export", {"passphrase": "wrong"})
    while refused.status_code == 422:
        refused = client.post("/export", {"passphrase": "wrong"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.text.count("That was many tries.") == 1
    assert client.post("/export", {"passphrase": passphrase(anne)}).status_code == 429
    with at(now() + timedelta(minutes=20)):
        assert client.post("/export", {"passphrase": passphrase(anne)}).status_code == 200
    assert not Attempt.select().where(Attempt.kind == "sign-in").exists()


def test_too_much_for_one_file_is_refused_in_a_sentence(room, sit, anne, passphrase, monkeypatch):
    furnish(*room)
    make_pair(anne, room[1].person)
    monkeypatch.setattr(archive, "LARGEST", 10_000)
    for path, sentence in (("/export", "Take one room at a time."), (f"/pairs/{room[0].id}/export", "This room holds")):
        answer = sit(anne).post(path, {"passphrase": passphrase(anne)})
        assert answer.status_code == 422
        assert sentence in answer.text


def test_one_is_made_at_a_time(room, sit, anne, passphrase, monkeypatch):
    monkeypatch.setattr(archive, "WAIT", 0.01)
    with archive._one:
        answer = sit(anne).post("/export", {"passphrase": passphrase(anne)})
    assert answer.status_code == 503
    assert sit(anne).post("/export", {"passphrase": passphrase(anne)}).status_code == 200


def test_looking_at_the_page_and_being_refused_write_nothing(room, sit, anne):
    client = sit(anne)
    client.get("/export")
    before = dump(but={"attempt"})
    client.get(f"/pairs/{room[0].id}/export")
    client.post("/export", {"passphrase": "wrong"})
    assert dump(but={"attempt"}) == before


def test_rows_are_read_with_one_query_a_kind(room, sit):
    from playhouse.test_utils import count_queries

    furnish(*room)
    for cls in Row.__subclasses__():
        with count_queries() as queries:
            cls.readable_by(room[0])
        # An edition asks besides who is ready.
        assert queries.count <= (4 if cls.kind == "edition" else 1)
