"""Makes the fonts of the papers from those of the pages: the same letters, unpacked, each at one size and weight.

The typesetter reads neither woff2 nor fonts that vary. Needs fonttools with brotli; run by hand when the fonts of the
pages change, and write SHA256SUMS anew.
"""

from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent
PAGES = HERE.parents[2] / "static" / "fonts"
# (made, from, where on the axes, family, weight)
FONTS = (
    ("literata", "literata-latin", {"opsz": 12}, "Literata", 400),
    ("literata-ext", "literata-latin-ext", {}, "Literata Ext", 400),
    ("literata-italic", "literata-italic-latin", {}, "Literata", 400),
    ("literata-italic-ext", "literata-italic-latin-ext", {}, "Literata Ext", 400),
    ("literata-large", "literata-latin", {"opsz": 30}, "Literata Large", 400),
    ("albert-sans", "albert-sans-latin", {"wght": 400}, "Albert Sans", 400),
    ("albert-sans-strong", "albert-sans-latin", {"wght": 600}, "Albert Sans", 600),
    ("albert-sans-ext", "albert-sans-latin-ext", {}, "Albert Sans Ext", 400),
)


def make(name, source, axes, family, weight):
    font = TTFont(PAGES / f"{source}.woff2")
    if "fvar" in font:
        font = instantiateVariableFont(font, axes)
    italic = "italic" in name
    style = "Italic" if italic else "Bold" if weight > 400 else "Regular"
    for record in list(font["name"].names):
        if record.nameID not in (0, 5, 13, 14):
            font["name"].removeNames(nameID=record.nameID)
    whole = f"{family} {style}"
    for name_id, words in ((1, family), (2, style), (3, whole), (4, whole), (6, whole.replace(" ", "-"))):
        font["name"].setName(words, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = 0x01 if italic else 0x20 if weight > 400 else 0x40
    font["head"].macStyle = 2 if italic else 1 if weight > 400 else 0
    font.flavor = None
    font.recalcTimestamp = False
    font.save(HERE / f"{name}.ttf")


if __name__ == "__main__":
    for one in FONTS:
        make(*one)
