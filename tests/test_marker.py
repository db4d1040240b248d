"""The marker: a word typed into every field of every form of the house, and then found nowhere.

Two people live through everything in their browsers and type the word wherever they can. The fields are read off the
pages they see, so a new one is typed into by itself, or the test fails. With sealing switched off the same search
must find the word of every field, or it proves nothing.
"""

import base64
import logging
import re
import tempfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from acting import letters, link_in
from attacks.world import elements, forms, new_ones
from conftest import URL, Browser

from companion import db, i18n
from companion.db import at, now
from companion.pairs import rows

WORD = "zqxjkvw7"
TEXT = {"text", "search", "url", "tel", "password"}
# Name and e-mail address are in clear, and said to be.
IN_CLEAR = {"name", "email"}
# What opens something, and what is only looked for, is not kept at all.
NOT_KEPT = {"q", "passphrase", "own", "old", "current", "unlock", "code", "first", "second"}


class Book:
    """Every text field of every form anybody saw: (endpoint, name), and the word typed into it."""

    def __init__(self, app):
        self.addresses = app.url_map.bind("127.0.0.1:8000")
        self.seen, self.words = set(), {}

    def endpoint(self, action):
        return self.addresses.match(action.partition("?")[0], method="POST")[0]

    def note(self, html):
        for form in forms(html):
            if form.method == "post":
                for field in filter(is_text, form.fields):
                    for action in {
                        form.action,
                        *(b.given["formaction"] for b in form.buttons if "formaction" in b.given),
                    }:
                        self.seen.add((self.endpoint(action), field.given["name"]))

    def word(self, action, field):
        place = (self.endpoint(action), field.given["name"])
        word = self.words.setdefault(place, f"{WORD}{len(self.words):03}x")
        longest = int(field.given.get("maxlength", 999))
        return word if len(word) <= longest else WORD[:longest]


def is_text(field):
    kind = "text" if field.tag == "textarea" else field.given.get("type", "text")
    return (
        field.tag != "select" and kind in TEXT and field.given["name"] not in IN_CLEAR and "readonly" not in field.given
    )


class Hand:
    """Somebody at a browser, who types the word into whatever can be typed into."""

    def __init__(self, app, book):
        self.browser, self.book, self.html = Browser(app), book, ""

    def see(self, path):
        answer = self.browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return self.read(answer)

    def read(self, answer):
        # What is no page, a paper for instance, has no fields.
        self.html = answer.text if answer.mimetype == "text/html" else ""
        self.book.note(self.html)
        return answer

    def send(self, ending, *, status=303, htmx=False, button=None, to=None, **given):
        """Fill in the form on the page before me that is sent to `ending`, and send it."""
        form = next(form for form in forms(self.html) if form.method == "post" and form.action.endswith(ending))
        action = to and next(b.given["formaction"] for b in form.buttons if b.given.get("formaction", "").endswith(to))
        action = action or form.action
        filled = {}
        for field in form.fields:
            name, kind = field.given["name"], field.given.get("type", "text")
            if name in given:
                filled[name] = given[name]
            elif is_text(field):
                filled[name] = self.book.word(action, field)
            elif field.tag == "select":
                chosen = [option for option in field.options if "selected" in option.given] or field.options
                filled[name] = chosen[0].given.get("value", chosen[0].text)
            elif kind not in ("radio", "checkbox") or "checked" in field.given:
                filled[name] = field.given.get("value", "")
        filled |= dict([button] if button else [])
        answer = self.browser.post(action, filled, htmx=htmx)
        assert answer.status_code == status, (action, answer.status_code, answer.text)
        return self.read(answer) if status != 303 else self.see(answer.location)

    def wander(self):
        """Look at every page that can be reached from here."""
        waiting, done = {"/pairs", "/settings"}, set()
        while waiting:
            path = waiting.pop()
            done.add(path)
            self.see(path)
            links = [one.given.get("href", "") for one in elements(self.html) if one.tag == "a"]
            waiting |= new_ones(links, done | waiting)
        return done


PASSPHRASE = f"{WORD} lampe skovsti kaffe november"


def sign_up(hand, name, path="/sign-up"):
    hand.see(path)
    given = {"name": name, "email": f"{name.lower()}@example.dk", "language": "en", "choice": "own"}
    hand.send("/sign-up", to="/sign-up/passphrase", status=200, **given)
    hand.send("/sign-up", status=422, **given)
    hand.send("/sign-up", own=PASSPHRASE, **given)
    code = re.findall(r"<kbd>(\w+)</kbd>", hand.html)
    hand.send("/recovery-code", status=422)
    asked = [int(n) for n in re.findall(r"Group (\d)</label>", hand.html)]
    hand.send("/recovery-code", first=code[asked[0] - 1], second=code[asked[1] - 1])
    return "-".join(code)


def the_whole_story(app, settings):
    """Everything two people can do, and everything that can go wrong; {the words of every field} in a book."""
    book = Book(app)
    # First, because what was ever overwritten is gone from the files afterwards.
    leave(app, book)
    anne, birgitte = Hand(app, book), Hand(app, book)
    codes = [open_the_room(anne, birgitte)]
    agree(anne, birgitte)
    meeting = prepare(anne, birgitte)
    meet(anne, birgitte, meeting)
    what_comes_after(anne, birgitte)
    live_by_it(anne, birgitte, meeting)
    strengths_and_goals(anne, birgitte, meeting)
    take_along(anne, birgitte, meeting)
    conflicts(anne, birgitte, meeting)
    take_along_and_look(anne)
    how_it_ends(anne, birgitte)
    trouble(app, anne, birgitte, meeting)
    for hand in (anne, birgitte):
        hand.wander()
    doors(app, book, settings, codes[0])
    return book


def open_the_room(anne, birgitte):
    code = sign_up(anne, "Anne")
    anne.see("/pairs/new")
    anne.send("/pairs", role="mentee", email="birgitte@example.dk")
    link = next(one.given["value"] for one in elements(anne.html) if one.given.get("id") == "link")
    anne.send("/arrival")
    birgitte.see(link.removeprefix(URL))
    sign_up(
        birgitte,
        "Birgitte",
        next(a.given["href"] for a in elements(birgitte.html) if "/sign-up" in a.given.get("href", "")),
    )
    birgitte.send("/acceptance")
    birgitte.send("/arrival")
    anne.see("/pairs")
    anne.see(
        next(a.given["href"] for a in elements(anne.html) if re.fullmatch(r"/pairs/[\w-]{36}", a.given.get("href", "")))
    )
    anne.send("/opening")
    anne.room = birgitte.room = re.search(r"/pairs/[\w-]{36}", anne.html)[0]
    for hand in (anne, birgitte):
        hand.wander()
    return code


NEEDED = {
    **{"purpose_kind": "both", "purpose_scope": "area", "meeting_count": "6", "interval": "6", "meeting_length": "90"},
    **{"initiative_holder": "mentee", "stance_wanted": "4", "conf_level": "C1", "conf_exceptions": "read"},
    **{"exit": "no_reason"},
}


def agree(anne, birgitte):
    here = f"{anne.room}/agreement"
    for hand in (anne, birgitte):
        hand.see(f"{here}/start")
        hand.send("/start", status=422)
        hand.send("/start", purpose_kind="both", purpose_scope="area", manager="yes")
        for part in "ABCDE":
            hand.see(f"{here}/cards/{part}")
            hand.send(f"/cards/{part}", status=200, htmx=True, **NEEDED)
        hand.see(f"{here}/cards/A")
        # Longer than it may be: refused, and kept by nobody.
        hand.send("/cards/A", status=422, success_sign=f"{WORD} " * 90)
        for htmx in (True, False):
            hand.see(f"{here}/cards/A")
            hand.send("/cards/A", status=409, htmx=htmx, rev="0", page="two", success_sign=f"{WORD} {hand.room[-4:]}")
        hand.see(f"{here}/cards/A")
        hand.send("/cards/A", purpose_kind="both", purpose_scope="area")
        hand.wander()
        hand.see(f"{here}/")
        hand.send("/readiness")
    # Both typed the same word, and settle one other clause each.
    for hand, key in ((anne, "mentee_aim"), (birgitte, "mentor_offer"), (birgitte, "mentor_aim")):
        hand.see(f"{here}/clauses/{key}")
        hand.send("/answer")
    birgitte.see(f"{here}/clauses/mentor_limits")
    birgitte.send("/answer")
    for key in ("success_sign", "out_of_scope", "help_contact"):
        for hand, answer in ((anne, "third"), (birgitte, "theirs")):
            hand.see(f"{here}/clauses/{key}")
            hand.send("/answer", answer=answer)
    anne.see(f"{here}/")
    birgitte.see(f"{here}/clauses/mentor_aim")
    birgitte.send("/answer", mentor_aim=f"{WORD} at last")
    anne.send("/signature", status=409)
    anne.send("/signature")
    birgitte.see(f"{here}/")
    birgitte.send("/signature")
    for key, hand, answer in (("success_sign", anne, "third"), ("success_sign", birgitte, "third")):
        hand.see(f"{here}/clauses/{key}")
        hand.send("/answer", answer=answer, success_sign=f"{WORD} by {hand.room[-3:]}{answer}{hand is anne}")
    anne.see(f"{here}/clauses/success_sign")
    birgitte.see(f"{here}/clauses/success_sign")
    birgitte.send("/answer", answer="third", success_sign=f"{WORD} once more")
    anne.send("/answer", status=409, answer="third")
    for hand in (anne, birgitte):
        hand.wander()


def prepare(anne, birgitte):
    day = (i18n.local(now()).date()).isoformat()
    anne.see(f"{anne.room}/meetings/new")
    anne.send("/meetings/", status=422, day="", form="theme")
    anne.see(f"{anne.room}/meetings/new")
    anne.send("/meetings/", day=day, time="00:30", form="theme", minutes="60")
    meeting = re.search(rf"{anne.room}/meetings/[\w-]{{36}}", anne.html)[0]
    anne.see(f"{meeting}/plan")
    anne.send("/plan", form="theme")
    for step in ("since", "what", "so_what", "question", "now_what"):
        anne.see(f"{meeting}/preparation?step={step}")
        anne.send(f"/preparation/{step}", status=200, htmx=True)
        anne.see(f"{meeting}/preparation?step={step}")
        anne.send(f"/preparation/{step}", status=422, text=f"{WORD} " * 2_000)
        anne.see(f"{meeting}/preparation?step={step}")
        anne.send(f"/preparation/{step}", **({"style": "4"} if step == "question" else {}))
    anne.see(f"{meeting}/preparation?step=share")
    anne.send("/preparation/sharing", share="all")
    birgitte.see(f"{meeting}/preparation")
    birgitte.send("/preparation/intention")
    for way in ("hard", "strength", "plain"):
        anne.see(f"{meeting}/preparation?step=what")
        anne.send("/preparation/what", button=("way", way))
        for step in ("extra_1", "extra_2", "extra_3") if way != "plain" else ():
            anne.see(f"{meeting}/preparation?step={step}")
            anne.send(f"/preparation/{step}")
    birgitte.see(f"{anne.room}/prompts/contacting-strangers")
    birgitte.send("/choice")
    library(birgitte)
    for hand, htmx in ((anne, False), (birgitte, True)):
        hand.see(meeting)
        hand.send("/agenda", htmx=htmx, status=200 if htmx else 303)
        hand.wander()
    return meeting


def library(hand):
    for place in ("/prompts", f"{hand.room}/prompts/"):
        for htmx in (False, True):
            hand.see(place)
            hand.send("/search", status=200, htmx=htmx)
            hand.see(place)
            hand.send("/search", status=422, htmx=htmx, q=f"{WORD} " * 20)
    hand.see(f"{hand.room}/prompts/own/new")
    hand.send("/own", status=422)
    for button in ("4", "process"):
        hand.see(f"{hand.room}/prompts/own/new")
        hand.send("/own", theme="network", stance=button)
    hand.send("/favourite")
    own = next(a.given["href"] for a in elements(hand.html) if "/prompts/own/" in (a.given.get("href") or ""))
    hand.see(own)
    hand.send(own, stance="5")
    hand.see(own)
    hand.send(own, status=409, rev="1", stance="5")


def meet(anne, birgitte, meeting):
    anne.see(meeting)
    anne.send("/beginning")
    for step, key in enumerate(("since", "frame", "conversation", "timeout", "wrap_up")):
        for hand in (anne, birgitte):
            hand.see(meeting)
            hand.send(f"/recap/{key}")
            hand.see(meeting)
            hand.send(f"/notes/{key}")
        anne.see(meeting)
        if step < 4:
            anne.send(f"/steps/{step + 1}")
    for hand, who in ((anne, "both"), (anne, "me"), (birgitte, "me")):
        hand.see(meeting)
        hand.send("/insights", button=("who", who))
    anne.see(meeting)
    anne.send("/insights", status=422, insight=f"{WORD} " * 2_000)
    anne.send("/insights")
    anne.see(meeting)
    anne.send("/sharing")
    anne.send("/steps/5")
    for _ in range(2):
        birgitte.see(meeting)
        birgitte.send("/offers")
    birgitte.see(meeting)
    birgitte.send("/offers", status=422, offer=f"{WORD} " * 200)
    birgitte.send("/offers")
    anne.see(meeting)
    anne.send("/actions", want="4")
    for n, hand in enumerate((anne, birgitte)):
        hand.see(meeting)
        hand.send(f"/steps/{n + 6}")
        anne.see(meeting)
        if not n:
            for promising in (anne, birgitte):
                promising.see(meeting)
                promising.send("/promises")
            anne.see(meeting)
            anne.send("/promises", status=422, promise=f"{WORD} " * 200)
            anne.send("/promises")
            anne.see(meeting)
    day = i18n.local(now()).date() + timedelta(days=30)
    anne.send("/meetings/", day=day.isoformat())
    anne.see(f"{anne.room}/actions/new?meeting={meeting.rpartition('/')[2]}")
    anne.send("/actions", status=422, act="", want="4")
    anne.send("/actions", want="4")
    anne.see(anne.room)
    anne.see(next(a.given["href"] for a in elements(anne.html) if "offer=" in a.given.get("href", "")))
    anne.send("/actions")
    anne.see(anne.room)
    anne.send("/declining")
    anne.see(meeting)
    anne.send("/holding")
    anne.see(meeting)
    anne.send("/notes/whole")
    for hand, steps in ((anne, ("differently", "helped")), (birgitte, ("practice",))):
        for step in steps:
            hand.see(meeting)
            hand.send(f"/afterwards/{step}")
        hand.see(meeting)
        hand.send("/style", status=422)
        hand.send("/style", style="3")
        hand.see(f"{meeting}/record")
        hand.send("/record", status=422, promise=f"{WORD} " * 200)
        hand.send("/record")


def what_comes_after(anne, birgitte):
    plans = sorted(path for path in anne.wander() if re.search(r"/actions/[\w-]{36}$", path))
    anne.see(plans[0])
    action = plans[0].rpartition("/")[2]
    anne.send(action, rev="1")
    anne.send("/completion", status=422)
    anne.send("/completion", outcome="partly")
    anne.see(plans[1])
    anne.send("/completion", to="/letting-go")
    for hand in (anne, birgitte):
        hand.see(plans[1])
        hand.wander()
    anne.see(plans[1])
    anne.send("/reopening")
    go_on(anne, birgitte, plans)


def go_on(anne, birgitte, plans):
    """Plans go on with other words, ideas are set aside, promises are closed."""
    for plan, learned in ((plans[0], False), (plans[1], True)):
        for status in (422, 303):
            anne.see(f"{plan}/replanning")
            assert ('name="learned"' in anne.html) == learned
            anne.send("/replanning", status=status, **({"cue": f"{WORD} " * 90} if status == 422 else {}))
    insight = next(a.given["href"] for a in elements(anne.see(f"{anne.room}/progress/").text)
                   if "insight=" in (a.given.get("href") or ""))  # fmt: skip
    anne.see(insight)
    anne.send("/actions")
    birgitte.see(birgitte.room)
    assert birgitte.browser.post(f"{birgitte.room}/offers", {"offer": f"{WORD} once more"}).status_code == 303
    for verb in ("/parking", "/unparking"):
        anne.see(f"{anne.room}/offers")
        anne.send(verb)
    for hand in (anne, birgitte):
        hand.see(f"{hand.room}/promises")
        hand.send("/closing", status=422, button=("outcome", "kept"), became=f"{WORD} " * 90)
        hand.see(f"{hand.room}/promises")
        hand.send("/closing", button=("outcome", "kept"))
        hand.wander()


def live_by_it(anne, birgitte, meeting):
    """The pulse and the wish to talk, the midway review, and what was agreed beside what happened."""
    for hand, talk in ((anne, "unnamed"), (birgitte, "named")):
        hand.see(f"{meeting}/pulse")
        hand.send("/pulse", status=422)
        hand.send("/pulse", bond="2", contract="1")
        hand.send("/pulse/wish", status=422)
        hand.send("/pulse/wish", talk=talk)
        hand.see(f"{anne.room}/midway")
        for step in ("agreement", "style", "unsaid"):
            hand.send(f"/midway/notes/{step}")
        hand.send("/midway/notes/unsaid", status=422, text=f"{WORD} " * 2_000)
        hand.see(f"{anne.room}/midway")
        hand.send("/midway/keeping")
        hand.wander()
    birgitte.see(anne.room)
    birgitte.send("/closing")


def strengths_and_goals(anne, birgitte, meeting):
    strengths, goals = f"{anne.room}/strengths/", f"{anne.room}/goals/"
    for _ in range(2):
        birgitte.see(strengths)
        birgitte.send("/offers", status=422, seen=f"{WORD} " * 200)
        birgitte.send("/offers")
    anne.see(strengths)
    anne.send("/declining")
    anne.see(next(a.given["href"] for a in elements(anne.html) if "offer=" in a.given.get("href", "")))
    anne.send("/strengths/", status=422, moment="")
    anne.send("/strengths/")
    edit = re.search(rf'href="({strengths}[\w-]{{36}})"', anne.html)[1]
    anne.see(edit)
    anne.send(edit)
    anne.see(edit)
    anne.send(edit, status=409, rev="1")
    anne.see(edit)
    anne.send("/putting-aside")
    anne.send("/taking-up")
    anne.see(f"{goals}new")
    anne.send("/goals/", status=422)
    anne.send("/goals/", now="-1")
    anne.send("/step", status=422, sureness="3")
    anne.send("/step", sureness="8")
    goal = next(a.given["href"] for a in elements(anne.html) if a.given.get("href", "").endswith("/wording"))
    anne.see(goal)
    anne.send("/wording", now="-2")
    anne.see(goal)
    anne.send("/wording", status=409, now="-2", rev="1", what=f"{WORD} once more")
    for hand in (birgitte, anne):
        hand.see(f"{meeting}/scores")
        score = next(form.action for form in forms(hand.html) if "/scores/" in form.action)
        hand.send(score, status=422)
        hand.send(score, level="1")
    anne.see(goal.removesuffix("/wording"))
    anne.send("/ending", status=422)
    anne.send("/ending", button=("ending", "let_go"))
    anne.send("/reopening")


def take_along(anne, birgitte, meeting):
    """Words for the annual review: picked, written, reworded, asked for, and on paper."""
    here = f"{anne.room}/review"
    given = {"insight": f"{WORD} from me", "who": "both"}
    assert birgitte.browser.post(f"{meeting}/insights", given).status_code == 303
    anne.see(f"{here}/")
    anne.send("/words")
    sources = [one.given["value"] for one in elements(anne.html) if one.given.get("name") == "source"]
    answer = anne.browser.post(f"{here}/items", {"source": sources})
    assert answer.status_code == 303
    anne.see(f"{here}/")
    anne.send("/request")
    item = next(one.given["href"] for one in elements(anne.html) if "/review/items/" in (one.given.get("href") or ""))
    anne.see(item)
    anne.send(item, status=422, text=" ")
    anne.see(item)
    anne.send(item)
    anne.see(item)
    anne.send(item, status=409, rev="99")
    birgitte.see(f"{here}/requests")
    birgitte.send("/answer", button=("answer", "yes"))
    for language in ("da", "en"):
        answer = anne.browser.get(f"{here}/pdf?language={language}")
        assert answer.data.startswith(b"%PDF"), answer.status_code


def take_along_and_look(hand):
    for htmx in (False, True):
        hand.see(f"{hand.room}/search")
        hand.send("/search", status=200, htmx=htmx)
        hand.see(f"{hand.room}/search")
        hand.send("/search", status=422, htmx=htmx, q=f"{WORD} " * 20)
    for place in ("/export", f"{hand.room}/export"):
        hand.see(place)
        hand.send("/export", status=422)
    assert hand.browser.post(place, {"passphrase": PASSPHRASE}).mimetype == "application/zip"


def leave(app, book):
    """Somebody with a room that nobody else is in, and what they wrote there, leaves for good."""
    eva = Hand(app, book)
    sign_up(eva, "Eva")
    eva.see("/pairs/new")
    eva.send("/pairs", role="mentee", email="finn@example.dk")
    eva.send("/arrival")
    eva.see("/erasure")
    eva.send("/erasure", status=422)
    eva.send("/erasure", status=422, understood="1")
    eva.send("/erasure", understood="1", passphrase=PASSPHRASE)


def conflicts(anne, birgitte, meeting):
    """Both write in the same place: by page, by fragment, and both texts together."""
    day = i18n.local(now()).date() + timedelta(days=8)
    anne.see(f"{anne.room}/meetings/new")
    anne.send("/meetings/", day=day.isoformat(), form="theme", minutes="60")
    anne.see(anne.room)
    other = next(path for path in re.findall(rf"{anne.room}/meetings/[\w-]{{36}}", anne.html) if path != meeting)
    anne.see(f"{other}/plan")
    birgitte.see(f"{other}/plan")
    birgitte.send("/plan", form="theme")
    anne.send("/plan", status=409, form="theme")
    for htmx in (True, False):
        anne.see(f"{other}/preparation?step=what")
        anne.send("/preparation/what", status=200, htmx=True, rev="0", page="one", text=f"{WORD} first")
        anne.see(f"{other}/preparation?step=what")
        anne.send("/preparation/what", status=409, htmx=htmx, rev="99", page="two", text=f"{WORD} other")
    anne.send("/preparation/what", button=("keep", "both"))
    anne.see(f"{other}/plan")
    anne.send("/cancellation")


def how_it_ends(anne, birgitte):
    for hand, answer in ((anne, "a good fit"), (birgitte, "finding out")):
        hand.see(f"{hand.room}/chemistry")
        hand.send("/chemistry", answer=answer)
    anne.see(f"{anne.room}/ending")
    anne.send("/pause", status=422, until="")
    anne.see(f"{anne.room}/ending")
    anne.send("/pause")
    birgitte.see(f"{anne.room}/ending")
    birgitte.send("/resumption")
    birgitte.see(f"{anne.room}/exit")
    birgitte.send("/exit", status=422, words=f"{WORD} " * 400)
    birgitte.see(f"{anne.room}/exit")
    birgitte.send("/exit")
    anne.wander()
    birgitte.see(f"{anne.room}/ending")
    birgitte.send("/exit/withdrawal")
    for hand in (anne, birgitte):
        for question in ("then", "now", "learned", "thanks"):
            hand.see(f"{anne.room}/closing")
            hand.send(f"/harvest/{question}", htmx=True, status=200)
        hand.see(f"{anne.room}/closing?step=share")
        hand.send("/harvest/sharing")
        anne.wander()


def trouble(app, anne, birgitte, meeting):
    """Every answer that is not the one that was hoped for."""
    post, words = anne.browser.post, {"text": f"{WORD} here", "title": f"{WORD} there", "insight": WORD * 4}
    for htmx in (False, True):
        assert post(f"{meeting}/nothing", words, htmx=htmx).status_code == 404
        assert post(f"{meeting}/insights", {"insight": WORD * 70_000}, htmx=htmx).status_code == 413
        assert post(f"{anne.room}/offers", {"offer": WORD}, htmx=htmx).status_code == 403
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert post(f"{meeting}/insights", words, htmx=htmx, headers=foreign).status_code == 403
        anne.browser.get(f"/{WORD}", headers={"User-Agent": WORD, "HX-Prompt": WORD})
        anne.browser.get(f"{anne.room}/prompts/?theme={WORD}&step={WORD}")
        db.db.execute_sql("ALTER TABLE insight RENAME TO elsewhere")
        assert post(f"{meeting}/insights", words | {"who": "both"}, htmx=htmx).status_code == 500
        db.db.execute_sql("ALTER TABLE elsewhere RENAME TO insight")
    with at(now() + timedelta(hours=1)):
        birgitte.browser.get("/pairs")
        late = [
            post(f"{meeting}/recap/frame", {"text": f"{WORD} late", "rev": "0"}, htmx=True),
            post(f"{meeting}/insights", {"insight": f"{WORD} late", "who": "both"}),
        ]
        assert [answer.status_code for answer in late] == [401, 401]
        anne.read(late[-1])
        anne.send("/insights", status=401)
        anne.send("/insights", unlock=PASSPHRASE)


def doors(app, book, settings, code):
    """In, out, and the other ways in."""
    anyone = Hand(app, book)
    anyone.see("/sign-in")
    for _ in range(3):
        anyone.send("/sign-in", status=422, email="anne@example.dk")
    for _ in range(6):
        answer = anyone.browser.post("/sign-in", {"email": "eva@example.dk", "passphrase": WORD})
    assert answer.status_code == 429
    anyone.send("/sign-in", email="anne@example.dk", passphrase=PASSPHRASE)
    anyone.see("/settings")
    anyone.send("/settings/passphrase", status=422)
    anyone.send("/settings/passphrase", old=PASSPHRASE, passphrase=f"{PASSPHRASE} brev")
    anyone.send("/settings/code", status=422)
    anyone.send("/settings", name="Anne Holm")
    anyone.send("/sign-out")
    anyone.see("/forgot")
    anyone.send("/forgot", status=422, email="anne@example.dk")
    anyone.send("/forgot", email="anne@example.dk", code=code, passphrase=f"{PASSPHRASE} himmel")
    anyone.wander()
    anyone.see("/settings")
    anyone.send("/sign-out")
    anyone.see("/forgot")
    anyone.send("/forgot/letter", status=200, email="birgitte@example.dk")
    anyone.see(link_in(letters(settings)[-1]))
    book.note(anyone.html)
    (restart,) = [form.action for form in forms(anyone.html) if "/restart/" in form.action]
    anyone.send(restart, status=422, choice="own")
    anyone.send(restart, choice="own", own=PASSPHRASE)


# The search.


def forms_of(word):
    """How `word` could look in a file: as bytes, wide, as base64 at any place, as hexadecimal digits."""
    plain = word.encode()
    yield plain
    yield word.upper().encode()
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield plain[::-1]
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain)
        # Only the letters that the word alone decides.
        inner = encoded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        yield inner
        yield base64.urlsafe_b64encode(base64.b64decode(encoded))[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]


def found(word, kept):
    """Where `word` stands among {place: bytes}."""
    looks = set(forms_of(word))
    return {place for place, content in kept.items() if any(look in content for look in looks)}


def everything_kept(tmp_path, caplog, capfd):
    """{place: bytes} of all files there are, and of all that was said."""
    said = capfd.readouterr()
    kept = {"stdout": said.out.encode(), "stderr": said.err.encode(), "log": caplog.text.encode()}
    kept |= {"records": repr([vars(record) for record in caplog.records]).encode()}
    return kept | {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.fixture
def everywhere(app, tmp_path, caplog, capfd, monkeypatch):
    """Call it for {place: bytes} of all that the house left behind since the test began."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    caplog.set_level(logging.DEBUG)
    app.testing = False
    return lambda: everything_kept(tmp_path, caplog, capfd)


@pytest.mark.parametrize("place", [b"%s", b"\0%s\0", b"x%sx"])
def test_the_search_finds_a_word_however_it_is_written(place):
    for look in (str.encode, lambda w: w.encode("utf-16-le"), lambda w: w.encode().hex().encode()):
        assert found(WORD, {"here": place % look(WORD)}) == {"here"}
    for before in range(4):
        assert found(WORD, {"here": base64.b64encode(b"y" * before + WORD.encode() + b"after")}) == {"here"}
    assert found(WORD, {"here": place % b"zqxjkvw8"}) == set()


def test_what_is_written_anywhere_is_found_nowhere(app, settings, everywhere):
    book = the_whole_story(app, settings)
    assert book.seen - book.words.keys() == set(), "a field that nobody typed into"
    assert len(book.words) >= 30
    kept = everywhere()
    assert {"data/companion.db", "data/companion.db-wal"} <= kept.keys()
    assert any(name.startswith("data/outbox/") for name in kept)
    assert found(WORD, kept) == set()
    # The search does look in the right places: what is in clear is there.
    assert found("birgitte@example.dk", kept) >= {"data/companion.db-wal", "log"}


def test_without_sealing_the_same_search_finds_what_was_typed_into_every_field(app, settings, everywhere, monkeypatch):
    unsealed = SimpleNamespace(
        seal=lambda _key, text, *_context: text, unseal=lambda _key, blob, *_context: bytes(blob)
    )
    monkeypatch.setattr(rows, "vault", unsealed)
    book = the_whole_story(app, settings)
    kept = everywhere()
    missed = {place for place, word in book.words.items() if not found(word, kept)}
    assert missed == {place for place in book.words if place[1] in NOT_KEPT}
