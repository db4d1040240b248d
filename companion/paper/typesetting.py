"""Papers to take along, as PDF: A4, hyphenated, tagged; made in memory and never kept.

The typesetter is given a template of ours and, beside it, what somebody wrote as data. It is never given markup that
holds their words, and it can read nothing outside this folder.
"""

import json
from functools import cache
from pathlib import Path

import typst

HERE = Path(__file__).parent
# Tagged for screen readers, as the standard for accessible PDF has it.
ACCESSIBLE = "ua-1"


def pdf(template, data):
    """The PDF (bytes) of `template`, the name of a file beside this one, with `data` in it: JSON of any depth."""
    # Where not every sign can be set it is tagged all the same.
    return _accessible(template, data) or _typeset(template, data, [])


def has_every_sign(template, data):
    """Whether all of `data` can be set; a sign that none of the fonts has, an emoji say, is an empty box on paper."""
    return _accessible(template, data) is not None


def _accessible(template, data):
    try:
        return _typeset(template, data, [ACCESSIBLE])
    except typst.TypstError:
        return None


def _typeset(template, data, standards):
    return typst.compile(
        HERE / f"{template}.typ",
        root=HERE,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=standards,
        # No packages: whatever is not in this folder is not there.
        package_path=HERE / "fonts",
        package_cache_path=HERE / "fonts",
    )


@cache
def _fonts():
    return typst.Fonts(include_system_fonts=False, font_paths=[HERE / "fonts"])
