"""The least a server can do: the same server as `companion serve`, with a page that is ready."""

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from companion.cli import THREADS, WORKERS

PAGE = b"<!doctype html><title>Bare</title>" + b"<p>Nothing is looked up here.</p>" * 300


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))])
    return [PAGE]


if __name__ == "__main__":
    Granian(
        "bare:app",
        address="127.0.0.1",
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
        log_access=False,
    ).serve()
