"""Living by the agreement: the pulse after a meeting, the wish to talk, the midway review, what was set aside."""

SEALED = """
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL
"""

STATEMENTS = f"""
CREATE TABLE pulse ({SEALED},
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE
);
CREATE INDEX pulse_pair_id ON pulse (pair_id);
CREATE INDEX pulse_meeting_id ON pulse (meeting_id);
CREATE UNIQUE INDEX pulse_meeting_id_author ON pulse (meeting_id, author);

CREATE TABLE talk_wish ({SEALED},
  closed_at DATETIME
);
CREATE INDEX talk_wish_pair_id ON talk_wish (pair_id);

CREATE TABLE midway_review ({SEALED},
  number INTEGER NOT NULL,
  ended_at DATETIME
);
CREATE INDEX midway_review_pair_id ON midway_review (pair_id);
CREATE UNIQUE INDEX midway_review_pair_id_number ON midway_review (pair_id, number);

CREATE TABLE midway_note ({SEALED},
  number INTEGER NOT NULL,
  step VARCHAR(255) NOT NULL
);
CREATE INDEX midway_note_pair_id ON midway_note (pair_id);
CREATE UNIQUE INDEX midway_note_pair_id_number_step ON midway_note (pair_id, number, step);

CREATE TABLE set_aside ({SEALED},
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE
);
CREATE INDEX set_aside_pair_id ON set_aside (pair_id);
CREATE INDEX set_aside_meeting_id ON set_aside (meeting_id);
CREATE UNIQUE INDEX set_aside_meeting_id_author ON set_aside (meeting_id, author);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
