"""A closed room for a mentor and a mentee."""

from traceback import format_tb

from flask import Flask, request
from flask.templating import Environment
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from jinja2 import StrictUndefined

from companion import config, db, errors, i18n, secret, static, text, vault, web
from companion.actions import views as actions
from companion.agreement import views as agreement
from companion.checkins import views as checkins
from companion.endings import views as endings
from companion.erasure import views as erasure
from companion.export import views as export
from companion.goals import views as goals
from companion.meetings import hour
from companion.meetings import views as meetings
from companion.pairs import views as pairs
from companion.paper import views as paper
from companion.paths import data_dir
from companion.people import gate
from companion.people import views as people
from companion.progress import views as progress
from companion.prompts import views as prompts
from companion.prompts.models import library
from companion.reflections import views as reflections
from companion.review import views as review
from companion.search import views as search
from companion.strengths import views as strengths


class Request(HtmxAwareRequest):
    # Ten thousand characters of anything fit; nothing is ever spilled to a file.
    max_content_length = max_form_memory_size = 460_000
    max_form_parts = 200


class Templates(Environment):
    def make_globals(self, d):
        # No template here has globals of its own, and the layer for them is asked hundreds of times a page.
        return super().make_globals(d) if d else self.globals


class House(Flask):
    jinja_environment = Templates

    def log_exception(self, exc_info):
        # Never the address: it may carry a token, or a line of somebody's own making. Nor what an error says, which may
        # hold what was in a row: only where it broke, and on which kinds of error.
        problem, told = exc_info[1], []
        while problem:
            told += [f"{type(problem).__name__}\n", *format_tb(problem.__traceback__)]
            problem = problem.__cause__ or problem.__context__
        self.logger.error("Broken: %s [%s] %s", request.endpoint, request.method, "".join(told))


def create_app(configuration=None):
    """The application, as table of contents."""
    app = House(__name__, template_folder=str(data_dir("templates")), static_folder=None)
    app.config.update(COMPANION=configuration or config.read())
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Htmx(app)
    app.request_class = Request

    library()
    vault.init(secret.read(app.config["COMPANION"]))
    for part in (db, web, gate, i18n, static, text, errors):
        part.init_app(app)
    inside = (agreement, prompts, meetings, hour, reflections, strengths, goals, actions, checkins, review, search)
    for feature in (people, pairs, *inside, progress, paper, export, endings, erasure):
        app.register_blueprint(feature.bp)
    return app
