"""D: what htmx says about itself grants nothing, and what people write is no htmx."""

import pytest

from attacks.world import dump, furnish, unsealed

HEADERS = [
    {"HX-Current-URL": "https://evil.example/<script>"},
    {"HX-Target": "<img src=x onerror=alert(1)>"},
    {"HX-Prompt": "zebraer"},
    {"HX-Trigger": "zebraer", "HX-Trigger-Name": "zebraer<b>"},
    {"HX-Boosted": "true"},
    {"HX-History-Restore-Request": "true"},
    {"HX-Current-URL": "zebraer" * 500},
    {"HX-Current-URL": "%E6%F8", "HX-Current-URL-URI-AutoEncoded": "true"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
def test_d11_what_a_request_says_of_its_page_is_neither_believed_nor_repeated(room, anne, browse, headers):
    meeting = furnish(*room)
    client = browse(anne)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    for send, place, typed in (
        (client.get, f"/pairs/{meeting.pair_id}", None),
        (client.get, "/nowhere", None),
        (client.post, f"{path}/agenda", {"title": ""}),
        (client.post, f"{path}/recap/since", {"text": "x", "rev": "99"}),
    ):
        options = {"data": typed} if typed else {}
        plain = send(place, headers={"HX-Request": "true"}, **options)
        forged = send(place, headers={"HX-Request": "true"} | headers, **options)
        assert forged.status_code == plain.status_code
        assert unsealed(forged.text) == unsealed(plain.text)
        assert not any("evil" in value or "zebraer" in value for _name, value in forged.headers)


@pytest.mark.parametrize("value", ["false", "", "0", "yes", "true"])
def test_d2_a_header_of_htmx_opens_no_door(app, room, browse, value):
    before = dump()
    for headers in ({"HX-Request": value}, {"HX-Request": value, "X-Requested-With": "XMLHttpRequest"}):
        assert browse().get(f"/pairs/{room[0].id}", headers=headers).status_code == 303
        assert browse().post(f"/pairs/{room[0].id}/arrival", {"text": "x"}, headers=headers).status_code == 401
    assert dump() == before


def test_d12_what_somebody_wrote_never_stands_in_a_header(room, anne, birgitte, browse):
    words = "æøå 🦊 \r\nSet-Cookie: thief=1\r\n\r\n<b>"
    anne.settle(name="Anne æøå 🦊", language="da", timezone="Europe/Copenhagen")
    meeting = furnish(*room, words=words)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    for person in (anne, birgitte):
        client = browse(person)
        for htmx in (False, True):
            answers = [
                client.post(f"{path}/agenda", {"title": words}, htmx=htmx),
                client.post(f"{path}/recap/since", {"text": words, "rev": "0"}, htmx=htmx),
                client.post(f"{path}/insights", {"insight": words, "who": "both"}, htmx=htmx),
                client.post(f"{path}/plan", {"title": words, "form": "theme"}, htmx=htmx),
                client.post(f"/pairs/{meeting.pair_id}/actions", {"cue": words, "back": words}, htmx=htmx),
                client.get(f"{path}?{words[:4]}"),
            ]
            for answer in answers:
                for name, value in answer.headers:
                    assert value.isascii(), (name, value)
                    assert "thief" not in value
