"""Papers as a reader has them: what a PDF says, and what it is made of."""

import io
import re
from functools import cached_property

from pypdf import PdfReader


def read(answer):
    """What an answer says: a page, or a paper."""
    return Paper(answer.data).text if answer.mimetype == "application/pdf" else answer.text


class Paper:
    def __init__(self, body):
        self.pdf = PdfReader(io.BytesIO(body))

    @cached_property
    def text(self):
        """All that it says, in reading order, with words that were divided at a line's end whole again."""
        pages = "\n".join(page.extract_text() for page in self.pdf.pages)
        return " ".join(re.sub("[-\N{SOFT HYPHEN}\N{HYPHEN}]\n(?=\\w)", "", pages).split())

    @property
    def sizes(self):
        """{(width, height) in millimetres} of its pages."""
        return {tuple(round(float(side) / 72 * 25.4) for side in page.mediabox[2:]) for page in self.pdf.pages}

    @property
    def language(self):
        return self.pdf.root_object["/Lang"]

    @property
    def is_tagged(self):
        return bool(self.pdf.root_object["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in self.pdf.root_object

    @property
    def is_accessible(self):
        """Whether it says of itself that it keeps the standard for accessible PDF."""
        return b"pdfuaid:part" in self.pdf.root_object["/Metadata"].get_object().get_data()

    @property
    def fonts(self):
        """{name: whether it lies in the file} of all its fonts."""
        found = {}
        for page in self.pdf.pages:
            for font in page["/Resources"]["/Font"].values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                described = inner["/FontDescriptor"].get_object()
                found[inner["/BaseFont"].partition("+")[2]] = {"/FontFile2", "/FontFile3"} & described.keys() != set()
        return found

    @property
    def said_of_itself(self):
        """What the file says of itself, beside what is in it."""
        return {name: str(value) for name, value in (self.pdf.metadata or {}).items()}
