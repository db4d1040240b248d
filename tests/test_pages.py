"""Every page of a first round can be read by the two, and by nobody else."""

import pytest
from conftest import plan_meeting


@pytest.fixture
def pages(room, agreed, meeting):
    pair = f"/pairs/{meeting.pair_id}"
    here = f"{pair}/meetings/{meeting.id}"
    return [
        pair,
        f"{pair}/agreement/",
        f"{pair}/agreement/clauses",
        f"{pair}/agreement/clauses/interval",
        f"{pair}/agreement/editions/{agreed.id}",
        f"{pair}/progress/",
        f"{pair}/strengths/",
        f"{pair}/goals/",
        f"{here}/scores",
        f"{pair}/prompts/",
        f"{pair}/meetings/new",
        here,
        f"{here}/plan",
        f"{here}/preparation",
        *(f"{here}/preparation?step={step}" for step in ("since", "what", "so_what", "question", "now_what", "share")),
    ]


def test_both_read_every_page_of_their_room(pages, browse, anne, birgitte):
    for person in (anne, birgitte):
        client = browse(person)
        for page in pages:
            response = client.get(page, follow_redirects=True)
            assert response.status_code == 200, (page, response.text)


def test_a_stranger_reads_none(pages, browse, christian):
    client = browse(christian)
    for page in pages:
        assert client.get(page).status_code == 404, page


def test_the_pages_of_the_door_can_be_read_by_anybody(browse):
    for page in ("/", "/sign-in", "/sign-up", "/forgot", "/promise"):
        assert browse().get(page).status_code == 200, page


def test_a_meeting_going_on_and_one_that_was_held_can_be_read(room, browse, anne, birgitte):
    meeting = plan_meeting(room[0], days=-1)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    client = browse(anne)
    for step in range(5):
        assert client.post(f"{path}/steps/{step}").status_code == 303
        for reader in (client, browse(birgitte)):
            assert reader.get(path).status_code == 200
    assert client.post(f"{path}/holding").status_code == 303
    assert "What do you take away?" in client.get(path).text
