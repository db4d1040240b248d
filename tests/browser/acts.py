"""What people do here, as words for the tests: each finds its way by what is written on the page."""

from datetime import datetime, timedelta
from itertools import count

from axe_playwright_python.sync_playwright import Axe

from browser.conftest import words

# What axe looks for, everywhere.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NEEDED = {
    **{"purpose_kind": "both", "purpose_scope": "area", "mentee_aim": "At sige fra i tide.", "meeting_count": "6"},
    **{"interval": "6", "meeting_length": "90", "initiative_holder": "mentee", "stance_wanted": "4"},
    **{"conf_level": "C1", "conf_exceptions": "read", "exit": "no_reason"},
}
PHRASES = {"Anne": "en lampe ved havnen i november", "Birgitte": "rugbrød og stjerner på cykel"}
LAST_MEETING = r"(all) => all.map((a) => a.href).filter((href) => /\/meetings\/[0-9a-f-]{36}$/.test(href)).pop()"
numbers = count(1)


class Guest:
    """Somebody at a page, reading in a language; `scripted` where scripts run in it."""

    def __init__(self, page, name, language, *, scripted=True):
        self.page, self.name, self.t, self.scripted = page, name, words(language), scripted
        self.email = f"{name.lower()}{next(numbers)}@example.dk"
        self.phrase = PHRASES.get(name, "en helt anden sætning her")

    def go(self, path):
        self.page.goto(path)

    def press(self, sentence, exact=True, **names):
        """Press the button or follow the link that says so; wait for the page that comes."""
        label = self.t(sentence, **names)
        button = self.page.get_by_role("button", name=label, exact=exact)
        link = self.page.get_by_role("link", name=label, exact=exact)
        with self.page.expect_navigation():
            button.or_(link).first.click()

    def fill(self, sentence, text, **names):
        self.page.get_by_label(self.t(sentence, **names), exact=True).first.fill(text)

    def choose(self, sentence, **names):
        # Radios lie under their labels, as on paper.
        self.page.get_by_text(self.t(sentence, **names), exact=True).first.click()

    def sees(self, text):
        self.page.get_by_text(text, exact=False).first.wait_for(state="attached")

    def reads(self, sentence, **names):
        self.sees(self.t(sentence, **names))

    def look(self):
        """Nothing on this page is out of reach, and nothing runs over the edge."""
        # Axe needs a page in which scripts run.
        if self.scripted:
            found = Axe().run(self.page, options=RULES).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], self.page.url
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, self.page.url

    def tick(self, name, value):
        self.page.locator(f"label.choice:has(input[name={name}][value='{value}'])").click()

    def follow(self, address):
        """Follow the first link on the page that leads to an address ending so."""
        with self.page.expect_navigation():
            self.page.locator(f"main a[href$='{address}']").first.click()

    # The door.

    def sign_up(self, path="/sign-up", email=None):
        if path:
            self.go(path)
        self.email = email or self.email
        self.fill("Your name", self.name)
        self.fill("E-mail", self.email)
        self.choose("A sentence of my own")
        self.page.locator("#own").fill(self.phrase)
        self.press("Make my key")

    def write_down_the_code(self):
        self.page.locator(".code kbd").first.wait_for()
        groups = self.page.locator(".code kbd").all_inner_texts()
        first, second = (int(label.split()[-1]) for label in self.page.locator(".slots label").all_inner_texts())
        self.page.locator("#first").fill(groups[first - 1])
        self.page.locator("#second").fill(groups[second - 1].lower())
        self.press("I have it on paper")

    def sign_in(self):
        self.go("/sign-in")
        self.page.locator("#email").fill(self.email)
        self.page.locator("#passphrase").fill(self.phrase)
        self.press("Unlock")

    # The room.

    def invite(self, email, role="the mentee"):
        self.go("/pairs/new")
        self.choose(role)
        self.fill("The other’s e-mail", email)
        self.press("Make the invitation")
        return self.page.locator("#link").input_value()

    def open_the_room(self):
        self.press("Open the room")

    # The agreement.

    def begin_the_agreement(self):
        """Three questions on what it is for."""
        self.press("Begin with what it is for")
        self.pick(purpose_kind="both", purpose_scope="area", manager="no")
        self.press("See what suits that")
        self.press("On to “%(name)s”", name=self.t("Purpose"))

    def fill_in_the_cards(self, **said):
        """From the first of the five cards to the last: what is needed, and what is `said`."""
        cards = ("Purpose", "Practicalities", "Style of conversation", "Confidentiality", "Along the way and ending")
        for following in (*cards[1:], None):
            self.unfold()
            self.pick(**NEEDED | said)
            if following:
                self.press("On to “%(name)s”", name=self.t(following))
            else:
                self.press("See all five cards")

    def unfold(self):
        """Open what is folded away on a card, where it is."""
        rest = self.page.locator("details.draft__rest:not([open]) > summary")
        if rest.count():
            rest.click()

    def pick(self, **said):
        """Answer those of the clauses on the page that are `said`."""
        for name, value in said.items():
            field = self.page.locator(f"main [name='{name}']:not([type=radio]):not([type=checkbox])")
            label = self.page.locator(f"main label:has(input[name='{name}'][value='{value}'])")
            if label.count():
                # Ticked and chosen as on paper, by what stands beside it.
                if not label.locator("input").is_checked():
                    label.click()
            elif field.count():
                field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)

    def be_ready(self):
        self.press("I am ready")

    def settle(self, key, answer, **said):
        """Answer one clause on its own page, from the page where they stand side by side."""
        with self.page.expect_navigation():
            self.page.locator(f"a[href$='/clauses/{key}']").first.click()
        if self.page.locator(f"main label:has(input[name='answer'][value='{answer}'])").count():
            self.pick(answer=answer)
        self.pick(**said)
        self.press("Send your answer")

    def say_yes(self):
        self.press("Say yes to these words")

    # Meetings.

    def plan_a_meeting(self, *, theme, place, hours=0):
        with self.page.expect_navigation():
            self.page.locator("main a[href$='/meetings/new']").first.click()
        moment = datetime.now() + timedelta(hours=hours)
        self.page.locator("#day").fill(moment.strftime("%Y-%m-%d"))
        self.page.locator("#time").fill(moment.strftime("%H:%M"))
        self.page.locator("#place").fill(place)
        self.page.locator("#theme").select_option(theme)
        self.press("Save the meeting")

    def answer(self, text, onwards, **names):
        self.page.locator("textarea[name=text]").fill(text)
        self.press(onwards, **names)

    def prepare(self, question, style):
        self.press("Prepare in ten minutes")
        self.answer("Ikke meget endnu.", "On to “%(name)s”", name=self.t("What?"))
        self.answer("Jeg siger ja, før jeg har tænkt.", "On to “%(name)s”", name=self.t("So what?"))
        self.answer("Fordi jeg glæder mig til at aflyse.", "On to “%(name)s”", name=self.t("My question"))
        self.page.locator("textarea[name=text]").fill(question)
        self.choose(style)
        self.press("On to “%(name)s”", name=self.t("Now what?"))
        self.answer("Jeg går derfra med én sætning.", "On to sharing")

    def share(self, what):
        self.choose(what)
        self.press("Done for now")

    def intend(self, words):
        """The mentor's three minutes: an intention, and the first of the questions that could suit."""
        self.press("Your three minutes before")
        self.page.locator("#choice").wait_for()
        self.page.locator("textarea[name=text]").fill(words)
        if self.page.locator("noscript").first.is_visible():
            self.press("Save")
        first = self.page.locator(".prompts--offer .prompt__question").first.inner_text()
        self.page.locator(".prompts--offer .prompt__foot button").first.click()
        self.page.locator(".prompts--chosen .prompt__question", has_text=first).wait_for()
        return first

    def on_to(self, *steps):
        """Along the line of the meeting."""
        for step in steps:
            self.press("On to “%(name)s”", name=self.t(step))

    def save(self, label):
        """Without JavaScript a field of the meeting is saved by its own button."""
        self.page.get_by_role("button", name=f"{self.t('Save')} {self.t(label)}", exact=True).click()

    # What comes of it.

    def keep_an_insight(self, text):
        self.page.locator("#insight").fill(text)
        self.page.get_by_role("button", name=self.t("Keep and share with %(name)s", name=self.partner)).click()
        self.page.locator("#insights-kept .insight", has_text=text).wait_for()

    def promise(self, words):
        self.page.locator("#promise").fill(words)
        self.press("Keep the promise here")

    def mark(self, step):
        """How it was, from 1 to 5."""
        self.page.locator(f"label.scale__step:has(input[value='{step}'])").click()
        self.press("That is how it was")

    def plan(self, cue, act, *, goal=None):
        self.page.locator("#cue").fill(cue)
        self.page.locator("#act").fill(act)
        self.page.locator("#obstacle").fill("stilheden bagefter")
        self.tick("want", 4)
        if goal:
            self.page.locator("#goal").select_option(label=goal)
        self.press("Make it my plan")


def say_yes(anne, birgitte):
    """The two sign up, she invites and Birgitte says yes: the address of their room, which is not open yet."""
    anne.sign_up()
    anne.write_down_the_code()
    link = anne.invite(birgitte.email)
    room = anne.page.url
    birgitte.go(link)
    birgitte.press("Yes, I would like that")
    birgitte.sign_up(path=None)
    birgitte.write_down_the_code()
    birgitte.press("Yes, I would like that")
    return room


def come_together(anne, birgitte):
    """The same, and their room opens: its address."""
    room = say_yes(anne, birgitte)
    anne.go(room)
    anne.open_the_room()
    return room


def meet(guest, room):
    """They meet, and write nothing down."""
    guest.go(room)
    guest.plan_a_meeting(theme="hard-talks", place="Kantinen")
    guest.go(room)
    # What is behind them stands above what is ahead.
    guest.page.goto(guest.page.locator("main a").evaluate_all(LAST_MEETING))
    guest.press("Begin the meeting")
    guest.press("End the meeting")


def agree(anne, birgitte, room, **said):
    """They answer the five cards alike, but for what is `said`, and both say yes to the words."""
    for guest in (anne, birgitte):
        guest.go(room)
        guest.begin_the_agreement()
        guest.fill_in_the_cards(**said)
        guest.be_ready()
    birgitte.say_yes()
    anne.go(room)
    anne.press("Read it and say yes")
    anne.say_yes()
