"""Seen and used: axe, both themes, small screens, the keyboard alone, what stays behind in a browser."""

import re

import pytest
from attacks.world import shape
from axe_playwright_python.sync_playwright import Axe

from browser.acts import RULES
from browser.test_writing import sit_down

pytestmark = pytest.mark.browser
DOOR = ("/", "/promise", "/sign-in", "/sign-up", "/forgot", "/nowhere")
TARGETS = "main button, main .action, main .button, main .input, main select, main .choice, main summary, nav a"


@pytest.fixture(scope="module")
def pages(demo, chromium):
    """{reader: [addresses]} of everything the two can reach by following links, and the door."""
    found = {}
    for which in (0, 1):
        context = chromium.new_context(base_url=demo.url, locale="da-DK")
        guest_page = context.new_page()
        guest_page.goto("/sign-in")
        guest_page.locator("#email").fill(demo.people[which][0])
        guest_page.locator("#passphrase").fill(demo.people[which][1])
        guest_page.locator(".action").click()
        guest_page.wait_for_url("**/pairs/*")
        seen, todo = {}, ["/pairs", guest_page.url.removeprefix(demo.url)]
        while todo:
            path = todo.pop(0)
            like = re.sub(r"[0-9a-f-]{36}|another=\d+", "…", shape(path))
            # Papers are taken, not looked at.
            if seen.get(like, 0) >= 2 or "static" in path or "/pdf" in path:
                continue
            seen[like] = seen.get(like, 0) + 1
            found.setdefault(which, []).append(path)
            guest_page.goto(path)
            links = guest_page.locator("a[href^='/']").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
            todo += [link.split("#")[0] for link in links if link.split("#")[0] not in (*found[which], *todo)]
        context.close()
    return found


def test_the_two_can_reach_the_whole_house(pages):
    shapes = {re.sub(r"[0-9a-f-]{36}", "…", shape(path)) for paths in pages.values() for path in paths}
    here = "/pairs/…"
    inside = (
        *("agreement/", "agreement/clauses", "agreement/clauses/contact_between", "agreement/editions/…"),
        *("agreement/editions/…/since/…", "progress/", "meetings/new", "meetings/…"),
        *("meetings/…/plan", "meetings/…/preparation", "meetings/…/preparation?step=share", "actions/…"),
        *("actions/new", "prompts/", "prompts/…", "prompts/all?…", "prompts/cards", "prompts/own/new"),
        *("prompts/own/…", "strengths/", "strengths/new", "strengths/…", "strengths/new?offer=…", "goals/"),
        *("goals/new", "goals/…", "goals/…/wording", "goals/…/step"),
        *("meetings/…/scores", "meetings/…/scores?goal=…"),
    )
    for path in ("/pairs", "/pairs/new", "/settings", here, *(f"{here}/{path}" for path in inside)):
        assert path in shapes


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("which", [0, 1], ids=["anne", "birgitte"])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(demo, seat, pages, which, width, theme):
    guest = sit_down(demo, seat, which, width=width, theme=theme)
    page = guest.page
    for path in [*pages[which], *(DOOR if which == 0 else ())]:
        if path in DOOR[1:5]:
            page.context.clear_cookies()
        page.goto(path)
        page.locator("main details:not([open]) > summary").evaluate_all("(all) => all.forEach((fold) => fold.click())")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
        narrowest = (width, 320, 768) if theme == "light" else (width,)
        for inner in narrowest:
            page.set_viewport_size({"width": inner, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= inner, (path, inner)
        page.set_viewport_size({"width": width, "height": 800})


def test_axe_finds_nothing_on_a_refused_form_a_conflict_and_a_locked_door(demo, seat):
    page = seat(demo, javascript=True)
    page.goto("/sign-up")
    page.locator("form.door").evaluate("(form) => (form.noValidate = true)")
    page.locator(".action").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.goto("/sign-in")
    page.locator("#email").fill("nobody@example.dk")
    page.locator("#passphrase").fill("wrong words all the way down")
    page.locator(".action").click()
    page.locator(".field__error").wait_for()
    assert Axe().run(page, options=RULES).response["violations"] == []


def test_main_targets_are_44_pixels_high_on_a_phone(demo, seat, pages):
    page = sit_down(demo, seat, 0, width=360).page
    low = "e.checkVisibility() && e.type != 'hidden' && e.getBoundingClientRect().height < 43.5"
    small = f"(all) => all.filter((e) => {low})"
    small += ".map((e) => e.outerHTML.slice(0, 120))"
    for path in pages[0]:
        page.goto(path)
        assert page.locator(TARGETS).evaluate_all(small) == [], path


def test_the_keyboard_alone_prepares_and_shares(demo, seat):
    guest = sit_down(demo, seat, 0)
    page = guest.page
    page.goto(guest.room)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    with page.expect_navigation():
        page.locator("a[href$='/preparation']").first.focus()
        page.keyboard.press("Enter")
    page.goto(page.url.split("?")[0] + "?step=question")
    tab_to(page, "TEXTAREA")
    page.keyboard.type("Hvad vil jeg egentlig spørge om?")
    tab_to(page, "INPUT")
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert page.locator("input[name=style]:checked").count() == 1
    tab_to(page, "BUTTON")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("step=now_what")
    page.goto(page.url.split("?")[0] + "?step=share")
    tab_to(page, "INPUT")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[value=question]").is_checked()
    tab_to(page, "BUTTON")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == guest.room
    guest.sees("Hvad vil jeg egentlig spørge om?")


def tab_to(page, tag):
    """Tab on, inside the page's main part, to the next element with this tag."""
    for _ in range(60):
        page.keyboard.press("Tab")
        here = "(e => e.tagName + (e.closest('main') ? '' : ' outside'))(document.activeElement)"
        if page.evaluate(here) == tag:
            return
    raise AssertionError(f"no {tag} can be reached")


def test_a_first_visit_weighs_little(demo, seat):
    page = seat(demo)
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    sizes, kinds = {}, {}
    client.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    client.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto("/", wait_until="networkidle")
    fonts = sum(size for one, size in sizes.items() if kinds.get(one) == "Font")
    total = sum(sizes.values())
    assert fonts > 0
    assert total - fonts <= 60 * 1024
    assert total <= 180 * 1024


def test_nothing_stays_in_the_browser_and_back_shows_nothing_after_sign_out(demo, seat):
    guest = sit_down(demo, seat, 0)
    page = guest.page
    page.goto(guest.room + "/progress/")
    stored = page.evaluate("[localStorage.length, sessionStorage.length]")
    assert stored == [0, 0]
    page.locator(".menu summary").click()
    page.locator(".menu button").click()
    page.wait_for_url(demo.url + "/")
    page.go_back()
    page.wait_for_load_state()
    assert "kalenderen" not in page.content()
    assert page.locator("#passphrase").count() == 1
