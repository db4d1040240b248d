"""Prompts a pair writes itself, and what each of the two marks in the library."""

STATEMENTS = """
CREATE TABLE own_prompt (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL
);
CREATE INDEX own_prompt_pair_id ON own_prompt (pair_id);

CREATE TABLE prompt_marks (
  id BLOB NOT NULL PRIMARY KEY,
  pair_id BLOB NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  scope BLOB NOT NULL,
  author BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  blob BLOB NOT NULL
);
CREATE INDEX prompt_marks_pair_id ON prompt_marks (pair_id);
CREATE UNIQUE INDEX prompt_marks_pair_id_scope ON prompt_marks (pair_id, scope);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
