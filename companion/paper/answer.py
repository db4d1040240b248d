"""How a paper reaches whoever asked for it: as a file to keep, under a name that says nothing of what is in it."""

from flask import Response


def paper(body, name):
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})
