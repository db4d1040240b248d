"""The installed thing: a wheel from a clean clone serves from an empty folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_cli import answers, environ

ROOT = Path(__file__).parents[1]
__all__ = ["environ"]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone") / "companion"
    run("git", "clone", "-q", str(ROOT), str(clone))
    for language in ("da", "en"):
        po = clone / "locales" / language / "LC_MESSAGES" / "messages.po"
        pybabel = Path(sys.executable).with_name("pybabel")
        run(pybabel, "-q", "compile", "-i", str(po), "-o", str(po.with_suffix(".mo")))
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=clone)
    return next((clone / "dist").glob("*.whl"))


def test_the_wheel_carries_everything(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "companion/_data/templates/layout.html",
        "companion/_data/static/css/tokens.css",
        "companion/_data/static/js/htmx-2.0.11.min.js",
        "companion/_data/static/fonts/OFL-Literata.txt",
        "companion/_data/locales/da/LC_MESSAGES/messages.mo",
        "companion/_data/prompts/us/",
        "companion/migrations/0001_first_edition.py",
        "companion/people/words/da.txt",
        "companion/people/words/LICENSE-da.txt",
    ):
        assert any(name.startswith(part) for name in names), part
    assert not any("tests/" in name or name.endswith(".pyc") for name in names)


def test_it_serves_from_an_empty_folder(wheel, environ, tmp_path):
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(installed), str(wheel))
    environ["PYTHONPATH"] = str(installed)
    command = [sys.executable, "-c", "import sys; from companion.cli import main; sys.exit(main())"]
    where = [sys.executable, "-c", "import companion; print(companion.__file__)"]
    assert run(*where, env=environ, cwd=empty).startswith(str(installed))
    assert "prompts, all well-formed" in run(*command, "check", "prompts", env=environ, cwd=empty)
    server = subprocess.Popen([*command, "serve"], env=environ, cwd=empty, stdout=subprocess.DEVNULL)
    try:
        assert answers(environ, "/") == 200
        assert answers(environ, "/favicon.ico") == 200
        assert os.listdir(empty) == []
    finally:
        server.terminate()
        server.wait(20)
