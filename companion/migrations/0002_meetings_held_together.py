"""Who is here during a meeting, what the two promised each other, and the style each of them experienced."""

SEALED = """
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL,
"""

STATEMENTS = f"""
CREATE TABLE presence (
  id BLOB NOT NULL PRIMARY KEY,
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
  person_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  seen_at DATETIME NOT NULL,
  together_at DATETIME
);
CREATE INDEX presence_meeting_id ON presence (meeting_id);
CREATE INDEX presence_person_id ON presence (person_id);
CREATE UNIQUE INDEX presence_meeting_id_person_id ON presence (meeting_id, person_id);

CREATE TABLE promise ({SEALED}
  meeting_id BLOB REFERENCES meeting (id) ON DELETE SET NULL,
  closed_at DATETIME
);
CREATE INDEX promise_pair_id ON promise (pair_id);
CREATE INDEX promise_meeting_id ON promise (meeting_id);

CREATE TABLE experienced_style ({SEALED}
  meeting_id BLOB NOT NULL REFERENCES meeting (id) ON DELETE CASCADE
);
CREATE INDEX experienced_style_pair_id ON experienced_style (pair_id);
CREATE INDEX experienced_style_meeting_id ON experienced_style (meeting_id);
CREATE UNIQUE INDEX experienced_style_meeting_id_author ON experienced_style (meeting_id, author);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
