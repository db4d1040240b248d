"""Everything the first edition keeps. Whatever somebody wrote stands in `blob`, sealed."""

STATEMENTS = """
CREATE TABLE secret_check (
  id BLOB NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
);

CREATE TABLE person (
  id BLOB NOT NULL PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  email VARCHAR(255),
  language VARCHAR(255) NOT NULL,
  timezone VARCHAR(255) NOT NULL,
  public_key BLOB NOT NULL,
  identity BLOB NOT NULL,
  created_at DATETIME NOT NULL,
  retired_at DATETIME,
  delete_on DATE
);
CREATE UNIQUE INDEX person_email ON person (email);
CREATE INDEX person_delete_on ON person (delete_on);

CREATE TABLE key_slot (
  id BLOB NOT NULL PRIMARY KEY,
  person_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  kind VARCHAR(255) NOT NULL,
  memory INTEGER NOT NULL,
  passes INTEGER NOT NULL,
  lanes INTEGER NOT NULL,
  salt BLOB NOT NULL,
  verifier BLOB NOT NULL,
  blob BLOB NOT NULL,
  created_at DATETIME NOT NULL,
  shown BLOB
);
CREATE INDEX key_slot_person_id ON key_slot (person_id);
CREATE UNIQUE INDEX key_slot_person_id_kind ON key_slot (person_id, kind);

CREATE TABLE session (
  id BLOB NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  person_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  blob BLOB,
  device BLOB,
  created_at DATETIME NOT NULL,
  seen_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX session_hash ON session (hash);
CREATE INDEX session_person_id ON session (person_id);

CREATE TABLE restart_link (
  id BLOB NOT NULL PRIMARY KEY,
  person_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  expires_at DATETIME NOT NULL
);
CREATE INDEX restart_link_person_id ON restart_link (person_id);
CREATE UNIQUE INDEX restart_link_hash ON restart_link (hash);

CREATE TABLE attempt (
  id BLOB NOT NULL PRIMARY KEY,
  kind VARCHAR(255) NOT NULL,
  account BLOB NOT NULL,
  address BLOB NOT NULL,
  at DATETIME NOT NULL
);
CREATE INDEX attempt_at ON attempt (at);
CREATE INDEX attempt_kind_account ON attempt (kind, account);
CREATE INDEX attempt_kind_address ON attempt (kind, address);

CREATE TABLE pair (
  id BLOB NOT NULL PRIMARY KEY,
  mentor_id BLOB REFERENCES person (id) ON DELETE SET NULL,
  mentee_id BLOB REFERENCES person (id) ON DELETE SET NULL,
  created_at DATETIME NOT NULL,
  opened_at DATETIME,
  epoch INTEGER NOT NULL
);
CREATE INDEX pair_mentor_id ON pair (mentor_id);
CREATE INDEX pair_mentee_id ON pair (mentee_id);

CREATE TABLE room_key (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  person_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  blob BLOB NOT NULL
);
CREATE INDEX room_key_pair_id ON room_key (pair_id);
CREATE INDEX room_key_person_id ON room_key (person_id);
CREATE UNIQUE INDEX room_key_pair_id_person_id_epoch ON room_key (pair_id, person_id, epoch);

CREATE TABLE hand_over (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  sender_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  recipient_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  blob BLOB NOT NULL,
  proof BLOB NOT NULL,
  created_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX hand_over_pair_id ON hand_over (pair_id);
CREATE INDEX hand_over_sender_id ON hand_over (sender_id);
CREATE INDEX hand_over_recipient_id ON hand_over (recipient_id);

CREATE TABLE invitation (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB REFERENCES pair (id) ON DELETE CASCADE,
  inviter_id BLOB REFERENCES person (id) ON DELETE CASCADE,
  role VARCHAR(255),
  email VARCHAR(255) NOT NULL,
  hash BLOB NOT NULL,
  inviter_copy BLOB,
  inviter_proof BLOB,
  accepter_copy BLOB,
  accepter_proof BLOB,
  created_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  accepted_by_id BLOB REFERENCES person (id) ON DELETE SET NULL,
  accepted_at DATETIME,
  declined_at DATETIME,
  revoked_at DATETIME,
  confirmed_at DATETIME
);
CREATE INDEX invitation_pair_id ON invitation (pair_id);
CREATE INDEX invitation_inviter_id ON invitation (inviter_id);
CREATE UNIQUE INDEX invitation_hash ON invitation (hash);
CREATE INDEX invitation_accepted_by_id ON invitation (accepted_by_id);

CREATE TABLE edition (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  number INTEGER,
  accepted_at DATETIME,
  accepted_by BLOB,
  superseded_at DATETIME
);
CREATE INDEX edition_pair_id ON edition (pair_id);

CREATE TABLE meeting (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  starts_at DATETIME NOT NULL,
  minutes INTEGER NOT NULL,
  begun_at DATETIME,
  step INTEGER NOT NULL,
  held_at DATETIME,
  cancelled_at DATETIME,
  cancelled_by BLOB
);
CREATE INDEX meeting_pair_id ON meeting (pair_id);
CREATE INDEX meeting_pair_id_starts_at ON meeting (pair_id, starts_at);

CREATE TABLE agenda_item (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  place VARCHAR(255) NOT NULL
);
CREATE INDEX agenda_item_pair_id ON agenda_item (pair_id);
CREATE INDEX agenda_item_meeting_id ON agenda_item (meeting_id);

CREATE TABLE recap (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
  step VARCHAR(255) NOT NULL
);
CREATE INDEX recap_pair_id ON recap (pair_id);
CREATE INDEX recap_meeting_id ON recap (meeting_id);

CREATE TABLE reflection (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB REFERENCES meeting (id) ON DELETE CASCADE,
  step VARCHAR(255) NOT NULL
);
CREATE INDEX reflection_pair_id ON reflection (pair_id);
CREATE INDEX reflection_meeting_id ON reflection (meeting_id);

CREATE TABLE shared_preparation (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE
);
CREATE INDEX shared_preparation_pair_id ON shared_preparation (pair_id);
CREATE UNIQUE INDEX shared_preparation_meeting_id ON shared_preparation (meeting_id);

CREATE TABLE insight (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE
);
CREATE INDEX insight_pair_id ON insight (pair_id);
CREATE INDEX insight_meeting_id ON insight (meeting_id);

CREATE TABLE offer (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB REFERENCES meeting (id) ON DELETE SET NULL,
  adopted_at DATETIME,
  declined_at DATETIME
);
CREATE INDEX offer_pair_id ON offer (pair_id);
CREATE INDEX offer_meeting_id ON offer (meeting_id);

CREATE TABLE action (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
  meeting_id BLOB REFERENCES meeting (id) ON DELETE SET NULL,
  offer_id BLOB REFERENCES offer (id) ON DELETE SET NULL,
  closed_at DATETIME
);
CREATE INDEX action_pair_id ON action (pair_id);
CREATE INDEX action_meeting_id ON action (meeting_id);
CREATE INDEX action_offer_id ON action (offer_id);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
