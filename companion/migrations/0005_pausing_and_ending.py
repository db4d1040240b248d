"""A pair can pause, is asked whether it is a match, and ends; a room that has ended is deleted on a day both know."""

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
ALTER TABLE pair ADD COLUMN paused_at DATETIME;
ALTER TABLE pair ADD COLUMN paused_by BLOB;
ALTER TABLE pair ADD COLUMN look_again_on DATE;
ALTER TABLE pair ADD COLUMN resumed_at DATETIME;
ALTER TABLE pair ADD COLUMN resumed_by BLOB;
ALTER TABLE pair ADD COLUMN chemistry_due DATETIME;
ALTER TABLE pair ADD COLUMN chemistry_at DATETIME;
ALTER TABLE pair ADD COLUMN ended_at DATETIME;
ALTER TABLE pair ADD COLUMN ended_by BLOB;
ALTER TABLE pair ADD COLUMN delete_on DATE;
CREATE INDEX pair_delete_on ON pair (delete_on);

CREATE TABLE chemistry ({SEALED});
CREATE INDEX chemistry_pair_id ON chemistry (pair_id);
CREATE UNIQUE INDEX chemistry_pair_id_author ON chemistry (pair_id, author);

CREATE TABLE farewell ({SEALED});
CREATE INDEX farewell_pair_id ON farewell (pair_id);

CREATE TABLE harvest ({SEALED},
  question VARCHAR(255) NOT NULL
);
CREATE INDEX harvest_pair_id ON harvest (pair_id);
CREATE UNIQUE INDEX harvest_pair_id_scope_author_question ON harvest (pair_id, scope, author, question);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
