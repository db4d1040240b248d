"""Static files: kept by browsers for good under an address that changes with them, and nothing else is served."""

import gzip
import hashlib
import re

import pytest
from conftest import repository

from companion import static
from companion.paths import data_dir

FOLDER = repository() / "static"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
GOOD = "public, max-age=31536000, immutable"


@pytest.fixture
def get(browse):
    client = browse()
    return lambda name, version=None, **headers: client.get(
        f"/static/{version or static.version()}/{name}", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_served_as_it_is_and_kept_for_good(get, name):
    answer = get(name)
    assert (answer.status_code, answer.data) == (200, (FOLDER / name).read_bytes())
    assert answer.headers["Cache-Control"] == GOOD
    assert "Content-Encoding" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("css/companion.css", "text/css; charset=utf-8"),
        ("js/writing.js", "text/javascript; charset=utf-8"),
        ("mark.svg", "image/svg+xml; charset=utf-8"),
        ("fonts/literata-latin.woff2", "font/woff2"),
        ("fonts/OFL-Literata.txt", "text/plain; charset=utf-8"),
    ],
)
def test_every_file_says_what_it_is(get, name, kind):
    answer = get(name)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["css/companion.css", "js/htmx-2.0.11.min.js", "icons.svg"])
def test_text_is_sent_compressed_to_whoever_takes_it(get, name):
    whole, packed = get(name), get(name, Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == whole.data
    assert len(packed.data) < len(whole.data) / 2
    assert packed.headers["Vary"] == whole.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "br", "identity", "gzip;q=0", "br, gzip;q=0"])
def test_whoever_takes_no_gzip_gets_none(get, accepted):
    assert "Content-Encoding" not in get("css/companion.css", Accept_Encoding=accepted).headers


def test_a_font_is_not_compressed_again(get):
    assert "Content-Encoding" not in get("fonts/literata-latin.woff2", Accept_Encoding="gzip").headers


def test_an_old_address_still_answers_but_is_not_kept(get):
    answer = get("mark.svg", version="0123456789ab")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "no-such-file.css", "css", "css/", "..", "../pyproject.toml", "%2e%2e/pyproject.toml", "..%2fpyproject.toml",
        "css/../../pyproject.toml", "css/%2e%2e/%2e%2e/pyproject.toml", "....//pyproject.toml", "/etc/passwd",
        "%2fetc%2fpasswd", "css/../css/base.css", "./mark.svg", "css/./base.css", "mark.svg/", "mark.svg%00.css",
        "css/bäse.css", "mark.svg%0a", "MARK.SVG", "..%5cpyproject.toml",
    ],
)  # fmt: skip
def test_what_is_no_name_of_a_file_is_not_found(get, name):
    assert get(name).status_code in (404, 308)
    assert b"requires-python" not in get(name, follow="x").data


def test_a_link_out_of_the_folder_is_not_followed(get, tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    (tmp_path / "secret").write_text("hemmelig")
    (tmp_path / "static" / "secret.txt").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(static, "data_dir", lambda name: tmp_path / name)
    assert get("secret.txt", version="0").status_code == 404


def test_a_file_has_one_name_in_memory(get):
    before = static.content.cache_info().currsize
    for n in range(1, 20):
        get("css/" + "../css/" * n + "base.css")
        get("css/" + "./" * n + "base.css")
    assert static.content.cache_info().currsize <= before + 1


def test_the_address_changes_with_every_file(tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    monkeypatch.setattr(static, "data_dir", lambda name: tmp_path / name)
    versions = set()
    for name, words in (("a.css", "x"), ("a.css", "y"), ("b.css", "y"), ("b.css", "")):
        (tmp_path / "static" / name).write_text(words)
        versions.add(static._version.__wrapped__())
    assert len(versions) == 4
    assert all(re.fullmatch(r"[0-9a-f]{12}", version) for version in versions)


def test_every_address_on_a_page_is_one_that_is_kept_for_good(browse):
    client = browse()
    page = client.get("/sign-up").text
    found = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert len(found) >= 6
    for address in found:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, GOOD), address


def test_the_joined_style_sheet_holds_every_style_sheet_once(get):
    joined = get("css/companion.css").text
    sheets = sorted((FOLDER / "css").rglob("*.css"))
    assert len(sheets) >= 30
    for sheet in sheets:
        assert joined.count(sheet.read_text()) == 1, sheet.name


def test_layers_come_first_and_print_last(get):
    joined = get("css/companion.css").text
    assert joined.startswith((FOLDER / "css" / "layers.css").read_text())
    assert joined.endswith((FOLDER / "css" / "print.css").read_text())
    tokens, base, card = (
        joined.index((FOLDER / "css" / f"{n}.css").read_text()) for n in ("tokens", "base", "utilities")
    )
    assert tokens < base < card


def test_every_icon_on_a_page_is_drawn(browse, anne, agreed, room):
    drawn = set(re.findall(r'id="([\w-]+)"', (FOLDER / "icons.svg").read_text()))
    used = set()
    for page in sorted((repository() / "templates").rglob("*.html")):
        used |= set(re.findall(r'icon\("([\w-]+)"\)', page.read_text()))
    assert used
    assert used <= drawn


def test_every_file_that_was_taken_from_elsewhere_is_unchanged():
    sums = dict(reversed(line.split("  ")) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
    assert sums
    for name, digest in sums.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name


def test_the_favicon_is_found_without_reading_markup(browse):
    answer = browse().get("/favicon.ico")
    assert (answer.status_code, answer.data) == (200, (FOLDER / "mark.svg").read_bytes())
    assert answer.mimetype == "image/svg+xml"


def test_static_files_need_no_database(app, get):
    # Nobody's session is looked up for a file that is the same for everybody.
    from playhouse.test_utils import count_queries

    with count_queries() as counted:
        get("mark.svg")
    assert counted.count == 0


def test_static_files_lie_where_the_house_looks_for_them():
    assert data_dir("static") == FOLDER
