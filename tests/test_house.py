"""Rules the whole house keeps, read off the list of its addresses, its source and its templates, so that what is
new is covered by itself."""

import ast
import hashlib
import re
from datetime import timedelta
from functools import cache
from http.cookies import SimpleCookie

import pytest
from attacks.world import address, dump, elements, forms, furnish, ids_of, kinds, new_ones, routes, take_along, unsealed
from conftest import PASSPHRASES, URL, Browser, agree, make_pair, make_person, plan_meeting, repository
from playhouse.test_utils import count_queries

from companion import cli, config, create_app, db, vault
from companion.actions.models import Action, Offer, Promise
from companion.agreement.models import Edition
from companion.agreement.settling import Proposal, Signature, Table
from companion.db import at, now
from companion.endings.chemistry import NOT_FOR_ME, Chemistry
from companion.goals.models import OPEN_AT_MOST, Goal, NearestStep, Score
from companion.meetings.models import AgendaItem, Meeting, Recap
from companion.pairs.models import HandOver, Invitation, Pair, RoomKey
from companion.people.gate import PUBLIC
from companion.people.models import Person, RestartLink, Session
from companion.prompts.own import FAVOURITE, OwnPrompt, PromptMarks
from companion.reflections.models import Insight, Reflection, SharedPreparation
from companion.review.models import ReviewItem
from companion.strengths.models import Strength, StrengthOffer
from companion.web import HEADERS

HERE = repository()
SOURCES = sorted((HERE / "companion").rglob("*.py"))
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))
SCRIPTS = [path for path in sorted((HERE / "static").rglob("*.js")) if ".min." not in path.name]
STYLES = sorted((HERE / "static").rglob("*.css"))


def named(paths):
    return {"argvalues": paths, "ids": [str(path.relative_to(HERE)) for path in paths]}


@pytest.fixture
def furnished(room):
    """Anne's and Birgitte's room with one of everything in it, as Anne sees it."""
    furnish(*room)
    return room[0]


@pytest.fixture
def ids(furnished):
    """A real id, as Anne reads them, for every argument an address of her room has."""
    return ids_of(furnished)


def everything(app, ids, method="GET", **given):
    return [(rule, address(rule, ids, **given)) for rule in routes(app, method)]


# Who may come in.


def test_the_furnished_room_holds_every_kind_of_row(furnished):
    assert [cls.__name__ for cls in kinds() if not cls.of(furnished).exists()] == []


def test_every_page_but_the_doors_sends_strangers_to_sign_in(app, ids, browse):
    before, wrong = dump(), []
    for method in ("GET", "HEAD"):
        for rule, path in everything(app, ids, method):
            answer = browse().client.open(path, base_url=URL, method=method)
            closed = answer.status_code == 303 and answer.location.partition("?")[0] == "/sign-in"
            if closed == (rule.endpoint in PUBLIC):
                wrong.append((method, rule.endpoint, answer.status_code))
    assert wrong == []
    assert dump() == before


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("cookie", [None, "x", "A" * 43])
def test_every_change_but_the_doors_is_closed_to_strangers(app, ids, browse, htmx, cookie):
    before, wrong, bodies = dump(), [], set()
    for rule, path in everything(app, ids, "POST"):
        client = browse()
        if cookie:
            client.client.set_cookie("__Host-companion", cookie, domain="127.0.0.1", secure=True)
        answer = client.post(path, htmx=htmx)
        if (answer.status_code == 401) == (rule.endpoint in PUBLIC):
            wrong.append((rule.endpoint, answer.status_code))
        if answer.status_code == 401:
            bodies.add(unsealed(answer.text))
    assert wrong == []
    # Whatever is asked for, real or not, the door looks the same and knows nobody.
    assert len(bodies) == 1
    assert dump(but={"attempt"}) == {table: rows for table, rows in before.items() if table != "attempt"}


def test_what_is_public_is_a_short_list_of_the_doors_own_addresses(app):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert known >= PUBLIC
    assert {endpoint.partition(".")[0] for endpoint in PUBLIC} == {"static", "people", "pairs"}
    assert {endpoint for endpoint in PUBLIC if endpoint.startswith("pairs.")} == {"pairs.invitation", "pairs.decline"}


def test_only_reading_and_sending(app):
    allowed = {"GET", "HEAD", "OPTIONS", "POST"}
    assert [rule.rule for rule in app.url_map.iter_rules() if not rule.methods <= allowed] == []
    # No address does both, so that a link can never change anything.
    assert [rule.rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= rule.methods] == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(anne, browse, method):
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = browse(anne).client.open("/pairs", base_url=URL, method=method, headers=headers)
    assert answer.status_code == 405


# From where.

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": URL},
    {"Sec-Fetch-Site": "anything"},
    {},
    {"Origin": "null"},
    {"Origin": "https://127.0.0.1:8000"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Origin": "http://evil.example", "Referer": f"{URL}/pairs"},
    {"Referer": f"{URL}/pairs"},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Current-URL": f"{URL}/pairs"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_other_sites_send_changes_nothing(app, ids, anne, browse, headers):
    client = browse(anne)
    client.get("/pairs")
    before = dump()
    answers = {
        path: client.client.post(path, base_url=URL, headers=headers) for _, path in everything(app, ids, "POST")
    }
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 403} == {}
    assert dump() == before


@pytest.mark.parametrize("headers", [{"Origin": URL}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_what_this_site_sends_is_taken(app, browse, headers):
    refused = []
    for rule, path in everything(app, {}, "POST"):
        if browse().client.post(path, base_url=URL, headers=headers).status_code == 403:
            refused.append(rule.endpoint)
    assert refused == []


def test_what_another_site_sent_is_not_offered_to_be_sent_again(anne, browse):
    words = "what the other site wrote for her, in the hope that she sends it on"
    answer = browse(anne).post("/pairs", {"email": words}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert words not in answer.text
    assert [form.action for form in forms(answer.text)] == ["/language"]


HOSTS = ["evil.example", "127.0.0.1", "127.0.0.1:8001", "localhost:8000", "127.0.0.1:8000.evil.example", "[::1]:8000"]


@pytest.mark.parametrize("host", HOSTS)
def test_another_name_for_this_house_is_refused_everywhere(app, ids, anne, browse, host):
    client = browse(anne).client
    for method in ("GET", "POST"):
        for _rule, path in everything(app, ids, method):
            headers = {"Host": host, "Sec-Fetch-Site": "same-origin"}
            answer = client.open(path, base_url=URL, method=method, headers=headers)
            assert (answer.status_code, "evil" in answer.text) == (400, False), path


# Reading changes nothing.


def test_reading_writes_nothing_but_that_somebody_was_here(app, room, furnished, anne, birgitte, browse):
    Invitation.to_room(anne, "eva@example.dk", "mentor")
    _invitation, token = Invitation.to_room(birgitte, "finn@example.dk", "mentee")
    given = {"token": token}
    for person, pair in zip((anne, birgitte), room, strict=True):
        client = browse(person)
        before = dump(but={"session.seen_at"})
        with at(now() + timedelta(minutes=2)):
            seen = Session.get_by_id(client.session.id).seen_at
            waiting = {path for _rule, path in everything(app, ids_of(pair), **given)} | {"/pairs"}
            done = set()
            while waiting:
                path = waiting.pop()
                done.add(path)
                answer = client.get(path)
                assert answer.status_code < 500, path
                if answer.mimetype == "text/html":
                    links = [one.given.get("href") or "" for one in elements(answer.text) if one.tag == "a"]
                    waiting |= new_ones(links, done | waiting)
            client.client.head("/pairs", base_url=URL)
            assert Session.get_by_id(client.session.id).seen_at > seen
        assert dump(but={"session.seen_at"}) == before
        assert len(done) > len(routes(app, "GET"))


def test_the_other_write_of_a_get_is_picking_up_the_room_key_and_comes_once(anne, birgitte, browse):
    invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
    Invitation.find(token).accept(birgitte, token)
    Invitation.latest_of(Pair.get_by_id(invitation.pair_id)).confirm(anne)
    client, before = browse(birgitte), dump(but={"hand_over", "room_key", "invitation.accepter_copy"})
    client.get(f"/pairs/{invitation.pair_id}")
    assert not HandOver.select().exists()
    assert RoomKey.select().count() == 2
    assert dump(but={"hand_over", "room_key", "invitation.accepter_copy"}) == before
    after = dump()
    client.get(f"/pairs/{invitation.pair_id}")
    assert dump() == after


def test_the_same_place_hears_what_was_said_of_the_match_when_its_time_has_come(room, agreed, browse):
    plan_meeting(room[0], days=0).hold()
    Chemistry.say(room[0], NOT_FOR_ME)
    with at(now() + timedelta(days=3)):
        client = browse(room[1].person)
        before = dump(but={"chemistry", "pair", "session.seen_at"})
        assert "The mentorship ended" in client.get(f"/pairs/{room[1].id}").text
        assert dump(but={"chemistry", "pair", "session.seen_at"}) == before
        after = dump(but={"session.seen_at"})
        client.get(f"/pairs/{room[1].id}")
        assert dump(but={"session.seen_at"}) == after


def test_that_somebody_was_here_is_written_at_most_once_a_minute(anne, browse):
    client, start = browse(anne), now()
    moments = []
    for seconds in (61, 62, 100, 120, 122, 130):
        with at(start + timedelta(seconds=seconds)):
            client.get("/pairs")
        moments.append(Session.get_by_id(client.session.id).seen_at)
    assert len(set(moments)) == 2


# Nobody finds what is not theirs.


@pytest.fixture
def others(app, christian, dorte):
    """Christian's and Dorte's room, open and furnished too."""
    pair = make_pair(christian, dorte)
    furnish(*pair, words="theirs")
    return pair


def pair_routes(app, method):
    return [rule for rule in routes(app, method) if "pair_id" in rule.arguments]


def inner_routes(app, method):
    return [rule for rule in pair_routes(app, method) if inner_ids(rule)]


def inner_ids(rule):
    return sorted(name for name in rule.arguments - {"pair_id"} if "uuid:" + name in rule.rule)


def answers_alike(client, method, one, other):
    answers = [client.client.open(path, base_url=URL, method=method, headers={"Sec-Fetch-Site": "same-origin"})
               for path in (one, other)]  # fmt: skip
    statuses = {answer.status_code for answer in answers}
    bodies = {unsealed(answer.text) for answer in answers}
    return statuses.pop() if len(statuses) == len(bodies) == 1 else (statuses, bodies)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_room_of_others_is_no_room_at_all(app, ids, others, christian, dorte, browse, method):
    for person in (christian, dorte):
        client = browse(person)
        client.get("/pairs")
        before = dump()
        for rule in pair_routes(app, method):
            assert answers_alike(client, method, address(rule, ids), address(rule)) == 404, rule
        assert dump() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_stands_in_a_room_of_others_is_not_found_through_ones_own(
    app, ids, others, christian, dorte, browse, method
):
    found = {}
    for person, pair in zip((christian, dorte), others, strict=True):
        client = browse(person)
        client.get("/pairs")
        before, own = dump(), ids_of(pair)
        for rule in inner_routes(app, method):
            # Each argument in turn is from the other room, the rest are one's own.
            for name in inner_ids(rule):
                mixed, unknown = own | {name: ids.get(name)}, {k: v for k, v in own.items() if k != name}
                status = answers_alike(client, method, address(rule, mixed), address(rule, unknown))
                assert status in (404, 403, 303), (rule, name, status)
                found.setdefault((rule.rule, name), set()).add(status)
        assert dump() == before
    # What only one of the two may do is forbidden to the other before anything is looked for.
    assert {place: status for place, status in found.items() if 404 not in status} == {}


def test_a_session_of_another_is_not_found(app, anne, christian, browse):
    hers, client = browse(anne).session, browse(christian)
    rules = [rule for rule in routes(app, "POST") if "session_id" in rule.arguments]
    assert rules
    for rule in rules:
        assert answers_alike(client, "POST", address(rule, {"session_id": hers.id}), address(rule)) == 404
    assert Session.get_by_id(hers.id).alive


# What every answer carries.


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """{status, or status and name: an answer}: at least one of each there is, from a house of their own."""
    environment = {"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_DATA": str(tmp_path_factory.mktemp("house"))}
    settings = config.read(environment)
    cli.prepare(settings)
    app = create_app(settings)
    anne, birgitte = make_person("Anne Holm"), make_person("Birgitte Lund")
    mine, hers = make_pair(anne, birgitte)
    meeting = furnish(mine, hers)
    found = dict(every_kind_of_answer(app, f"/pairs/{mine.id}", meeting.id, anne, birgitte))
    db.close_connection()
    db.db.close_all()
    return found


def every_kind_of_answer(app, pair, meeting_id, anne, birgitte):
    client, mentor, stranger = Browser(app, anne), Browser(app, birgitte), Browser(app)
    meeting = f"{pair}/meetings/{meeting_id}"
    yield "200", client.get(pair)
    yield "200 of a fragment", client.post(f"{meeting}/agenda", {"title": "words"}, htmx=True)
    yield "200 at the door", stranger.get("/sign-in")
    yield "200 of a head", client.client.head("/pairs", base_url=URL)
    yield "200 of options", client.client.options("/pairs", base_url=URL)
    yield "200 of a paper", client.get(f"{pair}/review/pdf")
    yield "200 static", client.get(re.search(r'href="(/static/[^"]+\.css)"', client.get("/pairs").text)[1])
    yield "200 favicon", stranger.get("/favicon.ico")
    yield "303", client.post(f"{meeting}/agenda", {"title": "words"})
    yield "303 to the door", stranger.get(pair)
    yield "303 with a language", stranger.post("/language", {"language": "da"})
    yield "308", client.get(f"{pair}/agreement")
    yield "400", client.client.get("/", base_url="http://evil.example")
    yield "401", stranger.post(f"{meeting}/agenda", {"title": "words"})
    yield "401 of a fragment", stranger.post(f"{meeting}/agenda", {"title": "words"}, htmx=True)
    yield "403", client.post("/pairs", headers={"Sec-Fetch-Site": "cross-site"})
    yield "403 of the other", client.post(f"{pair}/offers", {"offer": "words"})
    yield "404", client.get("/nowhere")
    yield "404 static", client.get("/static/x/nothing.css")
    yield "405", client.get("/sign-out")
    yield "409", mentor.post(f"{meeting}/recap/since", {"text": "others", "rev": "7"})
    yield "413", client.post("/pairs", {"email": "x" * 500_000})
    yield "422", client.post(f"{meeting}/agenda", {"title": ""})
    yield "422 of a fragment", client.post(f"{meeting}/agenda", {"title": ""}, htmx=True)
    wrong = {"email": "anne@example.dk", "passphrase": "wrong words as ever"}
    for _ in range(8):
        answer = stranger.post("/sign-in", wrong)
    yield "429", answer
    places = vault.ARGON2_AT_ONCE + vault.ARGON2_WAITING
    for _ in range(places):
        vault._queue.acquire(blocking=False)
    yield "503", stranger.post("/sign-in", wrong | {"email": "birgitte@example.dk"})
    vault._queue.release(places)
    yield (
        "303 of a sign-in",
        stranger.post("/sign-in", {"email": birgitte.email, "passphrase": PASSPHRASES[birgitte.name]}),
    )
    db.db.execute_sql("ALTER TABLE insight RENAME TO elsewhere")
    yield "500", client.get(pair)
    yield "303 out", client.post("/sign-out")


def test_every_answer_is_the_one_it_is_named_after(answers):
    for name, answer in answers.items():
        assert name.startswith(str(answer.status_code))


def test_every_answer_carries_the_headers_that_keep_the_house_closed(answers):
    for name, answer in answers.items():
        missing = {header for header, value in HEADERS.items() if answer.headers.get(header) != value}
        assert missing == set(), name


def test_nothing_but_static_files_is_kept_by_anybody(answers):
    for name, answer in answers.items():
        kept = name in ("200 static", "200 favicon")
        assert ("no-store" in answer.headers.get("Cache-Control", "")) != kept, name


def test_a_page_and_a_piece_of_one_are_told_apart_by_caches(answers):
    for name, answer in answers.items():
        if answer.mimetype == "text/html":
            assert "HX-Request" in answer.headers.get("Vary", ""), name


def test_a_cookie_is_seen_by_this_house_alone(answers):
    cookies = []
    for name, answer in answers.items():
        for line in answer.headers.getlist("Set-Cookie"):
            ((key, cookie),) = SimpleCookie(line).items()
            cookies.append(key)
            flags = (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"])
            assert key.startswith("__Host-"), name
            assert flags == (True, True, "Lax", "/", ""), name
    assert {"__Host-companion", "__Host-language"} <= set(cookies)


def test_static_files_and_errors_set_no_cookie(answers):
    for name in ("200 static", "200 favicon", "404", "404 static", "400", "403", "405", "413"):
        assert "Set-Cookie" not in answers[name].headers, name


def test_no_answer_tells_of_what_serves_it(answers):
    for name, answer in answers.items():
        assert not {"Server", "X-Powered-By"} & set(answer.headers.keys()), name
        body = answer.data.decode(errors="replace")
        told = re.search(r"Traceback|peewee|werkzeug|sqlite|no such table|site-packages", body, re.IGNORECASE)
        assert not (answer.mimetype == "text/html" and told), name


def test_under_https_browsers_are_told_to_stay_there(tmp_path):
    environment = {"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_URL": "https://rum.example.dk"}
    settings = config.read(environment | {"COMPANION_DATA": str(tmp_path / "other")})
    cli.prepare(settings)
    client = create_app(settings).test_client()
    for path in ("/", "/nowhere", "/favicon.ico"):
        answer = client.get(path, base_url="https://rum.example.dk")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    db.close_connection()
    db.db.close_all()


def test_the_policy_allows_nothing_inline_and_nobody_else(answers):
    policy = dict(part.strip().split(" ", 1) for part in answers["200"].headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert set(" ".join(policy.values()).split()) == {"'none'", "'self'"}


# Templates.


@pytest.mark.parametrize("path", **named(TEMPLATES))
def test_a_template_holds_no_script_style_or_handler_of_its_own(path):
    html = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<style\b", html)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)[^>]*>|<script[^>]*>[^<]", html)
    assert not re.search(r"""\s(style|on[a-z]+|hx-on[\w:-]*|hx-vals|hx-vars|hx-headers|hx-ext)\s*=""", html)
    assert not re.search(r"javascript:|data:|srcdoc", html, re.IGNORECASE)


@pytest.mark.parametrize("path", **named(TEMPLATES))
def test_htmx_only_sends_what_is_typed_in_a_body_and_filters_nothing(path):
    html = path.read_text()
    # What hx-get and hx-delete send stands in the address, and addresses are logged.
    assert not re.search(r"hx-(get|delete|put|patch)\b", html)
    # Without eval a filter is always true.
    assert not any("[" in trigger for trigger in re.findall(r'hx-trigger="([^"]*)"', html))
    # A fragment never reaches into other places of the page.
    assert not re.search(r"hx-(swap-oob|select-oob|boost|push-url|history)", html)


def test_no_two_scripts_declare_the_same_name():
    # They are loaded beside each other, and the second to declare a name does not run at all.
    found = [
        re.findall(r"^(?:const|let|var|class|(?:async )?function) (\w+)", path.read_text(), re.M) for path in SCRIPTS
    ]
    names = [name for names in found for name in names]
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", **named(TEMPLATES))
def test_every_form_says_where_it_is_sent_and_how(path):
    for form in re.findall(r"<form\b[^>]*>", path.read_text()):
        assert 'action="' in form, form
        assert re.search(r'method="(post|get)"', form), form


@pytest.mark.parametrize("path", **named(TEMPLATES))
def test_every_form_that_is_sent_in_the_address_holds_choices_only(path):
    for form in re.findall(r'<form\b[^>]*method="get".*?</form>', path.read_text(), re.DOTALL):
        assert not re.search(r"<(textarea|input)\b", form), form


@pytest.mark.parametrize("path", **named(TEMPLATES))
def test_no_browser_fills_in_what_was_written_here(path):
    html = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    for area in re.findall(r"<textarea\b.*?>(?=\n|\{|</textarea)", html, re.DOTALL):
        assert 'autocomplete="off"' in area, area
    for field in re.findall(r"<input\b[^>]*>", html):
        if not re.search(r'type="(hidden|radio|checkbox)"', field):
            assert 'autocomplete="' in field, field


def pages(furnished, anne, birgitte, browse):
    """(path, html) of every page of the room, for both, in all states of a meeting."""
    pair, meeting = f"/pairs/{furnished.id}", Meeting.ahead(furnished).first()
    here = f"{pair}/meetings/{meeting.id}"
    steps = ("since", "what", "so_what", "question", "now_what", "share")
    paths = ["/pairs", "/pairs/new", "/settings", "/recovery-code", pair, f"{pair}/agreement/",
             f"{pair}/agreement/clauses", f"{pair}/agreement/clauses/interval", f"{pair}/progress/",
             f"{pair}/prompts/", f"{pair}/meetings/new",
             f"{pair}/prompts/all?only=own", f"{pair}/prompts/own/new", "/prompts", "/prompts/all?theme=us",
             *(f"{pair}/prompts/{own.id}" for own in OwnPrompt.of(furnished)),
             *(f"{pair}/prompts/own/{own.id}" for own in OwnPrompt.of(furnished)),
             f"{here}/plan", *(f"{here}/preparation?step={step}" for step in steps)]  # fmt: skip
    paths += [f"{pair}/{name}" for name in ("ending", "chemistry", "exit", "closing")]
    paths += [f"{pair}/review/", f"{pair}/review/preview", f"{pair}/review/requests"]
    paths += [f"{pair}/review/items/{item.id}" for item in ReviewItem.of(furnished)]
    paths += ["/export", f"{pair}/export", f"{pair}/search", "/erasure"]
    paths += [f"{pair}/actions/{action.id}" for action in Action.of(furnished)] + [f"{pair}/actions/new"]
    paths += [f"{pair}/strengths/", f"{pair}/strengths/new", f"{pair}/goals/", f"{pair}/goals/new", f"{here}/scores"]
    paths += [f"{pair}/strengths/{strength.id}" for strength in Strength.of(furnished)]
    paths += [f"{pair}/goals/{goal.id}{page}" for goal in Goal.of(furnished) for page in ("", "/wording", "/step")]
    clients = browse(anne), browse(birgitte)
    for client in clients:
        for path in [*paths, here]:
            answer = client.get(path)
            if answer.status_code == 200:
                yield path, answer.text
    for verb in ("beginning", *(f"steps/{n}" for n in range(5)), "holding"):
        clients[0].post(f"{here}/{verb}")
        for client in clients:
            yield here, client.get(here).text


OWN = {
    "name": {"name"},
    "email": {"username"},
    "passphrase": {"new-password", "current-password"},
    "old": {"current-password"},
    "current": {"current-password"},
    "own": {"new-password"},
}


def test_no_page_lets_a_browser_fill_in_or_check_elsewhere_what_is_private(furnished, anne, birgitte, browse):
    checked = set()
    for path, html in pages(furnished, anne, birgitte, browse):
        for form in forms(html):
            for field in form.fields:
                kind = "textarea" if field.tag == "textarea" else field.given.get("type", "text")
                if field.tag == "select" or kind in ("hidden", "radio", "checkbox"):
                    continue
                name, fill = field.given["name"], field.given.get("autocomplete")
                assert fill == "off" or fill in OWN.get(name, ()), (path, name)
                if kind == "textarea" and "/recap/" not in form.action:
                    # What only I read does not go to a spelling service; what both read may be checked.
                    assert field.given.get("spellcheck") == "false", (path, name)
                checked.add((kind, name))
    assert {("textarea", "text"), ("textarea", "insight"), ("text", "cue"), ("text", "title")} <= checked


def test_no_page_is_titled_with_names_or_words(furnished, anne, birgitte, browse):
    for path, html in pages(furnished, anne, birgitte, browse):
        title = re.search(r"<title>(.*?)</title>", html)[1]
        assert not re.search(r"Anne|Birgitte|words", title), path


def test_pages_carry_no_inline_script_style_or_handler(furnished, anne, birgitte, browse):
    for path, html in pages(furnished, anne, birgitte, browse):
        for one in elements(html):
            assert one.tag != "style", path
            assert one.tag != "script" or (one.given.get("src", "").startswith("/static/") and not one.text), path
            assert not any(name == "style" or name.startswith(("on", "hx-on")) for name in one.given), path


# Static files.

ELSEWHERE = re.compile(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[\w./-]*", re.IGNORECASE)
REGISTRIES = re.compile(r"npmjs|jsdelivr|unpkg|cdnjs|pypi|esm\.sh|googleapis|gstatic|skypack", re.IGNORECASE)


@pytest.mark.parametrize("path", **named([*TEMPLATES, *SCRIPTS, *STYLES, *sorted((HERE / "static").glob("*.svg"))]))
def test_nothing_points_to_another_host(path):
    found = [place for place in ELSEWHERE.findall(path.read_text()) if "//www.w3.org/" not in place]
    assert found == []


@pytest.mark.parametrize("path", **named([*TEMPLATES, *sorted((HERE / "static").rglob("*.[jc]s*"))]))
def test_nothing_is_fetched_from_a_package_registry(path):
    assert not REGISTRIES.search(path.read_text())


def test_what_was_made_elsewhere_is_what_it_was():
    listed = dict(reversed(line.split()) for line in (HERE / "static" / "SHA256SUMS").read_text().splitlines())
    found = {name: hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest() for name in listed}
    assert found == listed
    folder = HERE / "static"
    vendored = [*folder.rglob("*.min.js"), *folder.rglob("*.woff2"), folder / "icons.svg"]
    assert {str(path.relative_to(folder)) for path in vendored} == set(listed)


# The source.

ORDER = {
    "people": 0,
    "pairs": 1,
    "agreement": 2,
    "prompts": 2,
    "strengths": 2,
    "meetings": 3,
    "reflections": 4,
    "goals": 4,
    "actions": 5,
    "endings": 6,
    "checkins": 6,
    "review": 6,
    "erasure": 6,
}


@cache
def trees():
    return [(path.relative_to(HERE / "companion"), ast.parse(path.read_text())) for path in SOURCES]


def imported(tree):
    """The full names a module imports: "companion.people.models.Person"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_models_import_models_downwards_only():
    wrong = []
    for path, tree in trees():
        if path.name != "models.py":
            continue
        own = path.parts[0]
        for name in imported(tree):
            parts = name.split(".")
            if parts[0] == "companion" and parts[1] in ORDER and parts[1] != own:
                down = own not in ORDER or ORDER[parts[1]] < ORDER[own]
                if not down or parts[2] == "views":
                    wrong.append((str(path), name))
    assert wrong == []


KNOWS_NO_WEB = {"models.py", "rows.py", "own.py", "shelf.py", "clauses.py", "kept.py", "course.py", "attempts.py",
                "passphrases.py", "vault.py", "db.py", "chemistry.py", "news.py", "tombstones.py",
                "clock.py", "sources.py", "kinds.py"}  # fmt: skip


def test_models_know_nothing_of_the_web():
    web = (
        "flask",
        "werkzeug",
        "jinja2",
        "htmx_flask",
        *(f"companion.{name}" for name in ("web", "writing", "errors.answer")),
    )
    wrong = []
    for path, tree in trees():
        if path.name in KNOWS_NO_WEB:
            wrong += [
                (str(path), name)
                for name in imported(tree)
                if name.startswith(web) or re.search(r"\.(views|gate|fields)(\.|$)", name)
            ]
    assert wrong == []


def test_nobody_imports_views_but_the_table_of_contents():
    wrong = [
        (str(path), name)
        for path, tree in trees()
        for name in imported(tree)
        if re.fullmatch(r"companion\.\w+\.views(\.\w+)?", name) and str(path) != "__init__.py"
    ]
    assert wrong == []


def test_only_the_vault_knows_cryptography():
    known = {
        str(path)
        for path, tree in trees()
        for name in imported(tree)
        if re.match(r"(cryptography|argon2|hashlib\.(pbkdf2|scrypt)|Crypto|nacl)", name)
    }
    assert known == {"vault.py"}


def test_only_the_renderer_marks_words_as_safe():
    for path in TEMPLATES:
        assert not re.search(r"\|\s*(safe|forceescape)\b|autoescape|\bMarkup\b", path.read_text()), path
    for path, tree in trees():
        if str(path) == "text.py":
            continue
        for node in ast.walk(tree):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
            assert name not in {"Markup", "autoescape", "select_autoescape"}, path
        assert not any("Markup" in name for name in imported(tree)), path


def test_every_template_escapes(app):
    assert app.jinja_env.autoescape("a/page.html") is True
    assert {path.suffix for path in (HERE / "templates").rglob("*") if path.is_file()} <= {".html", ".txt"}


def calls(tree):
    """(the call, what is called, its last name) of every call in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            full = ast.unparse(node.func)
            yield node, full, full.rpartition(".")[2]


RUNS = {"eval", "exec", "compile", "__import__", "render_template_string", "from_string", "system", "popen"}
# The typesetter compiles templates of ours, and is given what was written as data.
KNOWN = {"re.compile", "typst.compile"}


def test_nothing_runs_what_somebody_typed():
    for path, tree in trees():
        modules = {name.split(".")[0] for name in imported(tree)}
        assert not modules & {"pickle", "marshal", "shelve", "subprocess", "dill", "ctypes"}, path
        assert [full for _call, full, name in calls(tree) if name in RUNS and full not in KNOWN] == [], path


def test_yaml_is_read_by_the_safe_loader_only():
    found = [(call, full) for _path, tree in trees() for call, full, _name in calls(tree) if full.startswith("yaml.")]
    assert found
    for call, full in found:
        assert full == "yaml.safe_load" or any("SafeLoader" in ast.unparse(word.value) for word in call.keywords)


def test_no_statement_is_put_together_from_pieces():
    for path, tree in trees():
        for call, _full, name in calls(tree):
            if name in {"execute_sql", "raw", "SQL"}:
                parts = [part for argument in call.args for part in ast.walk(argument)]
                pieces = [part for part in parts if isinstance(part, ast.JoinedStr | ast.BinOp | ast.Call)]
                assert pieces == [], (path, ast.unparse(call))


def test_ids_tell_no_order_and_never_come_twice():
    made = [Action().id.bytes for _ in range(10_000)]
    assert len(set(made)) == 10_000
    rising = sum(first < second for first, second in zip(made, made[1:], strict=False))
    assert 4_700 < rising < 5_300


# What pages cost.


def grow(mentee, mentor, meeting):
    """One more of everything that some page lists."""
    if not Edition.in_force(mentee):
        agree(mentee, mentor)
    for key in ("mentee_aim", "success_sign"):
        Proposal.make(mentee, key, {key: str(now())}, seen="")
    seen = str(Proposal.make(mentor, "success_sign", {"answer": "theirs"}, seen=Table.of(mentor).latest).id)
    for pair in (mentee, mentor):
        Signature.give(pair, seen=seen)
    hers = Meeting.find(mentor, meeting.id)
    AgendaItem.put(meeting, "words")
    own = OwnPrompt.put(mentor, {"words": "words", "theme": "us", "stance": "5"})
    PromptMarks.mark(mentee, str(own.id), FAVOURITE)
    PromptMarks.mark(mentor, str(own.id), FAVOURITE)
    for shared in (True, False):
        Insight.note(meeting, "words", shared=shared)
        Insight.note(hers, "words", shared=shared)
    Offer.make(mentor, "words", hers)
    Offer.make(mentor, "words")
    plan = {"cue": "words", "act": "words"}
    Action.plan(mentee, plan, meeting=meeting).complete("done", "words")
    for earlier in Action.open_in(mentee)[1:]:
        earlier.let_go("")
    Action.plan(mentee, plan, meeting=meeting)
    Action.plan(mentee, plan, insight=Insight.note(meeting, "words", shared=True)).replan(plan)
    Promise.make(mentee, "words", meeting)
    Promise.make(mentor, "words").close("kept", "words")
    Offer.find(mentee, Offer.make(mentor, "words").id).park()
    Action.plan(mentee, plan, offer=Offer.make(mentor, "words", hers) and Offer.waiting(mentee)[-1])
    past = plan_meeting(mentee, days=-2)
    for step in ("what", "question", "note"):
        Reflection.save_text(mentee, past, step, "words", rev=0, page="", style=3)
    SharedPreparation.share(past, "all")
    take_along(mentee, mentor)
    Recap.save_text(past, "since", "words", rev=0, page="")
    Insight.note(past, "words", shared=True)
    past.hold()
    grow_goals(mentee, mentor, past)
    plan_meeting(mentee, days=9)
    for pair in (mentee, mentor):
        Session.start(pair.person, "Test")
        RestartLink.make(pair.person)
        Invitation.to_room(pair.person, "eva@example.dk", "mentor")
    make_pair(mentee.person, mentor.person)


def grow_goals(mentee, mentor, past):
    StrengthOffer.make(mentor, "words")
    Strength.name_one(mentee, {"strength": "words", "moment": "words"})
    Strength.name_one(mentee, {"strength": "words", "moment": "words"}).put_aside()
    typed = {"what": "words", "why": "words", "now": "-1"} | {f"level-{n}": "words" for n in range(5)}
    if Goal.count_open(mentee) < OPEN_AT_MOST:
        Goal.write_down(mentee, typed)
    for goal in Goal.open_in(mentee):
        goal = goal.reword(typed | {"why": str(now())}, rev=goal.rev)
        NearestStep.take(goal, {"step": "words", "sureness": "8"})
        for pair in (mentee, mentor):
            said = {"level": "1", "version": str(goal.version)}
            Score.give(Goal.find(pair, goal.id), Meeting.find(pair, past.id), said)


def listing_pages(pair, meeting):
    room, here = f"/pairs/{pair.id}", f"/pairs/{pair.id}/meetings/{meeting.id}"
    return ["/pairs", "/settings", "/export", f"{room}/export", f"{room}/search", room,
            *(f"{room}/review/{name}" for name in ("", "preview", "requests")),
            f"{room}/agreement/", f"{room}/agreement/clauses", f"{room}/agreement/clauses/interval",
            f"{room}/progress/",
            f"{room}/prompts/", f"{room}/prompts/all", f"{room}/prompts/contacting-strangers", f"{room}/prompts/cards",
            f"{room}/ending", f"{room}/closing", f"{room}/meetings/new", f"{room}/actions/new", f"{room}/strengths/",
            f"{room}/offers", f"{room}/promises", f"{room}/goals/", f"{here}/scores", here, f"{here}/plan",
            *(f"{here}/preparation?step={step}" for step in ("since", "what", "question", "share"))]  # fmt: skip


def costs(pair, meeting, browse):
    """{page: queries} for every page with a list that the asker can read."""
    client, found = browse(pair.person), {}
    for path in listing_pages(pair, meeting):
        client.get(path)
        with count_queries() as queries:
            answer = client.get(path)
        if answer.status_code == 200:
            found[path] = queries.count
    return found


@pytest.mark.parametrize("begun", [False, True])
def test_eight_of_everything_cost_no_more_queries_than_one(room, browse, begun):
    meeting = plan_meeting(room[0], days=0)
    if begun:
        meeting.begin()
    grow(*room, Meeting.find(room[0], meeting.id))
    few = [costs(pair, meeting, browse) for pair in room]
    for _ in range(7):
        grow(*room, Meeting.find(room[0], meeting.id))
    many = [costs(pair, meeting, browse) for pair in room]
    for less, more in zip(few, many, strict=True):
        assert less.keys() == more.keys()
        assert {path: count for path, count in more.items() if count > less[path]} == {}
    assert all(len(found) > 8 for found in few)


def test_a_room_costs_no_more_when_there_are_many_others(room, meeting, agreed, browse):
    few = [costs(pair, meeting, browse) for pair in room]
    for n in range(4):
        make_pair(sign_up(f"eva{n}@example.dk"), sign_up(f"finn{n}@example.dk"))
    assert [costs(pair, meeting, browse) for pair in room] == few


def sign_up(email):
    return Person.sign_up(name="Eva Juhl", email=email, passphrase="bakke saft lygte tirsdag spade", language="en")
