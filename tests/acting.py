"""What people do with a page: fill in the form that stands there, act in the same moment as another, open a letter."""

import threading
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from html.parser import HTMLParser
from types import SimpleNamespace

from companion import db, mail


def form_in(html, action):
    """The form that is sent to `action`, or to what begins so, as a browser would send it untouched."""
    reader = _Forms()
    reader.feed(html)
    found = [form for form in reader.forms if form.action.startswith(action)]
    return min(found, key=lambda form: form.action != action)


class _Forms(HTMLParser):
    """Every form of a page: its `action`, the `fields` that would be sent, and the names of its `buttons`."""

    def __init__(self):
        super().__init__()
        self.forms, self.form, self.area, self.select, self.option = [], None, None, None, None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "form":
            self.form = SimpleNamespace(action=given["action"], fields={}, buttons=[])
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "option" and self.select:
            self.option = "selected" in given or self.select not in self.form.fields
            if self.option:
                self.form.fields[self.select] = given.get("value", "")
                # Without a value of its own, what it says is its value.
                self.option = "value" not in given
        elif tag == "select":
            self.select = name
        elif tag == "textarea" and name:
            self.area, self.form.fields[name] = name, ""
        elif tag == "button" and name:
            self.form.buttons.append((name, value))
        elif tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.form.fields[name] = value

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "option":
            self.option = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.area:
            # A browser drops the line end that follows the tag.
            self.form.fields[self.area] = self.form.fields[self.area].removeprefix("\n")
            self.area = None

    def handle_data(self, data):
        if self.form and (name := self.area or (self.option and self.select)):
            self.form.fields[name] += data


def at_once(*verbs):
    """Let all verbs begin in the same moment, each in a thread of its own: [what each returned or raised]."""
    start = threading.Barrier(len(verbs))

    def run(verb):
        db.open_connection()
        try:
            start.wait(timeout=30)
            return verb()
        except Exception as problem:
            return problem
        finally:
            db.close_connection()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def letters(settings):
    """Every letter that lies in the outbox, the oldest first, once the postman is done."""
    mail._postman.submit(int).result(timeout=30)
    paths = sorted(settings.outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def link_in(letter):
    """The one address in a letter, without the house it leads to."""
    (link,) = [word for word in letter.get_content().split() if word.startswith("http")]
    return link.removeprefix("http://127.0.0.1:8000")
