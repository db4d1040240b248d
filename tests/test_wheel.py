"""The installed thing: a wheel made from a clean clone serves from an empty folder, without the repository."""

import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
from house import House

ROOT = Path(__file__).parents[1]
# What lies in the repository beside the code, and where a wheel carries it.
CARRIED = ("templates", "static", "prompts", "locales")
# The wheel's own `companion`, with the packages of this environment behind it.
INSTALLED = [sys.executable, "-P", "-c", "import sys; from companion.cli import main; sys.exit(main())"]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The repository as somebody gets it, with its catalogues compiled."""
    clone = tmp_path_factory.mktemp("clone") / "companion"
    run("git", "clone", "-q", f"file://{ROOT}", clone)
    for po in clone.glob("locales/*/LC_MESSAGES/messages.po"):
        run(sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-i", po, "-o", po.with_suffix(".mo"))
    return clone


@pytest.fixture(scope="module")
def wheel(clone):
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=clone)
    (wheel,) = (clone / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-index"]
    run(*pip, "--target", folder, wheel)
    return folder


def test_the_wheel_carries_all_that_the_house_reads_and_nothing_else(clone, wheel):
    tracked = run("git", "ls-files", "companion", *CARRIED, cwd=clone).splitlines()
    wanted = {name if name.startswith("companion/") else f"companion/_data/{name}" for name in tracked}
    wanted |= {f"companion/_data/locales/{language}/LC_MESSAGES/messages.mo" for language in ("da", "en")}
    with zipfile.ZipFile(wheel) as packed:
        carried = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert wanted - carried == set()
    assert carried - wanted == set()
    assert {"companion/migrations/0001_first_edition.py", "companion/people/words/da.txt"} <= carried


def test_it_serves_from_an_empty_folder(installed, tmp_path):
    outside = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    outside["PYTHONPATH"] = str(installed)
    where = run(sys.executable, "-P", "-c", "import companion; print(companion.__file__)", env=outside, cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed)
    assert "prompts, all well-formed" in run(*INSTALLED, "check", "prompts", env=outside, cwd=tmp_path)
    house = House(tmp_path, command=INSTALLED, PYTHONPATH=str(installed))
    try:
        door = read(house, "/", "da")
        assert '<html lang="da">' in door
        assert "Et lukket rum for to" in door
        linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', door)
        for name in ("companion.css", "htmx-", ".woff2", "mark.svg"):
            assert any(name in path for path in linked), name
        for path in linked:
            read(house, path)
        assert "--thread" in read(house, next(path for path in linked if path.endswith(".css")))
    finally:
        house.close()


def read(house, path, language="en"):
    request = urllib.request.Request(house.url + path, headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200
        return response.read().decode(errors="replace")
