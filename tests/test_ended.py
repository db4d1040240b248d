"""A room that has ended: every page of it can be read, and none offers to write what would be refused."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from conftest import fill_in, make_pair, make_person, plan_meeting

from companion import demo
from companion.actions.models import Offer, Promise
from companion.agreement.models import Answers
from companion.checkins.models import ITEMS, Pulse
from companion.errors import Ended
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import Pair
from companion.reflections.models import Insight
from companion.strengths.models import StrengthOffer


class Offered(HTMLParser):
    """What a page offers: its links, and its forms as [(action, {field: what somebody might send})]."""

    def __init__(self, page):
        super().__init__()
        self.links, self.forms, self._select = set(), [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.links.add(given["href"])
        elif tag == "form":
            self.forms.append((given.get("method", "get"), given.get("action", ""), {}))
        elif self.forms and tag in ("input", "textarea", "button", "select") and given.get("name"):
            self._field(tag, given, self.forms[-1][2])
        elif tag == "option" and self._select and given.get("value"):
            self.forms[-1][2].setdefault(self._select, given["value"])

    def _field(self, tag, given, fields):
        name, kind = given["name"], given.get("type", "text")
        self._select = name if tag == "select" else None
        if tag == "textarea" or (tag == "input" and kind in ("text", "search")):
            fields[name] = given.get("value") or "Something of my own."
        elif tag == "input" and kind in ("radio", "checkbox"):
            if given.get("value") or name not in fields:
                fields.setdefault(name, given.get("value", "on"))
        elif tag != "select":
            fields.setdefault(name, given.get("value", ""))


def reached(app, client, start):
    """{path: endpoint} of all pages below `start` that links lead to; of the library's many one of each sort."""
    adapter, found, ahead, shelf = app.url_map.bind("127.0.0.1"), {}, [start], set()
    while ahead:
        path = ahead.pop()
        parts = urlsplit(path)
        endpoint = adapter.match(parts.path)[0] if parts.path.startswith(start) else None
        if path in found or endpoint is None:
            continue
        if endpoint.startswith("prompts."):
            sort = (endpoint, re.sub("=[^&]*", "", parts.query))
            if sort in shelf:
                continue
            shelf.add(sort)
        found[path] = endpoint
        answer = client.get(path)
        if answer.status_code == 303:
            ahead.append(answer.location)
        elif answer.mimetype == "text/html":
            links = Offered(answer.text.partition("<body")[2]).links
            ahead += [urljoin(path, link).partition("#")[0] for link in links if "://" not in link]
    return found


@pytest.fixture
def refusing(monkeypatch):
    """Counts how often something was refused because the mentorship has ended, also where nobody is told."""
    refused, require = [], Pair.require_running

    def count(pair):
        try:
            require(pair)
        except Ended:
            refused.append(pair.id)
            raise

    monkeypatch.setattr(Pair, "require_running", count)
    return refused


def part(page):
    """What a page shows besides what stands on all of them."""
    return page.partition("<main")[2].partition("</main>")[0]


def refused_in(app, client, start, was_there, refusing):
    """[(page, what it offers)] that is refused, of pages that `was_there` and those that lead there now."""
    adapter, refused, forms = app.url_map.bind("127.0.0.1"), [], {}
    for path in was_there | reached(app, client, start):
        answer = client.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        offered = Offered(part(answer.text))
        for link in offered.links:
            onward = client.get(urljoin(path, link)) if link.startswith("/pairs") and link not in was_there else None
            if onward and onward.status_code == 303:
                refused.append((path, link))
        for method, action, fields in offered.forms:
            if method == "post":
                forms.setdefault(action, (path, fields))
    for action, (path, fields) in forms.items():
        before = len(refusing)
        client.post(action, fields)
        if len(refusing) > before:
            refused.append((adapter.match(path)[0], adapter.match(action, method="POST")[0]))
    return refused


def whole_course(_people):
    """The demo's two people and their room."""
    return [person for person, _passphrase in demo.tell()], Pair.select().first()


def in_the_middle(people):
    """Two who end in the middle of a meeting, not yet agreed, and with much that waits for one of them."""
    mine, hers = make_pair(*people)
    for pair, minutes in ((mine, "60"), (hers, "90")):
        fill_in(pair, meeting_length=minutes)
        Answers.give(pair)
    held, begun, cancelled = (plan_meeting(mine, days=days) for days in (-20, -1, 9))
    held.hold()
    begun.begin()
    cancelled.cancel()
    AgendaItem.put(begun, "What is next")
    Insight.note(held, "Only for me.", shared=False)
    Pulse.give(held, dict.fromkeys(ITEMS, "1"))
    Offer.make(hers, "Ask for it in writing.")
    Promise.make(hers, "I send you the paper.", Meeting.find(hers, held.id))
    StrengthOffer.make(hers, "I have seen you wait.")
    return people, mine


def in_drafting(people):
    mine, hers = make_pair(*people)
    for pair in (mine, hers):
        fill_in(pair)
    Answers.give(mine)
    return people, mine


@pytest.mark.parametrize("course", [whole_course, in_the_middle, in_drafting])
def test_no_page_of_a_room_that_has_ended_offers_what_would_be_refused(app, browse, refusing, course):
    two = [] if course == whole_course else [make_person(name) for name in ("Anne Holm", "Birgitte Lund")]
    two, pair = course(two)
    clients, start = [browse(person) for person in two], f"/pairs/{pair.id}"
    there = [reached(app, client, start) for client in clients]
    Pair.opened_by(two[0], pair.id).end(months=3)
    for client, was_there in zip(clients, there, strict=True):
        assert refused_in(app, client, start, was_there, refusing) == []


def test_what_somebody_writes_to_themselves_is_still_offered(app, anne, birgitte, browse):
    _two, pair = in_the_middle([anne, birgitte])
    held = Meeting.held(pair).first()
    Pair.opened_by(anne, pair.id).end(months=3)
    page = part(browse(anne).get(f"/pairs/{pair.id}/meetings/{held.id}").text)
    actions = {action.rpartition("/")[2] for _method, action, _fields in Offered(page).forms}
    assert {"whole", "differently", "insights"} <= actions
    assert not actions & {"style", "promises", "offers"}
    assert 'value="me"' in page
    assert 'value="both"' not in page
