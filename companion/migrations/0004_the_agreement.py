"""The agreement is drafted apart and settled clause by clause."""

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
CREATE TABLE draft ({SEALED},
  part VARCHAR(255) NOT NULL
);
CREATE INDEX draft_pair_id ON draft (pair_id);
CREATE UNIQUE INDEX draft_pair_id_scope_part ON draft (pair_id, scope, part);

CREATE TABLE answers ({SEALED});
CREATE INDEX answers_pair_id ON answers (pair_id);
CREATE UNIQUE INDEX answers_pair_id_author ON answers (pair_id, author);

CREATE TABLE proposal ({SEALED},
  number INTEGER NOT NULL
);
CREATE INDEX proposal_pair_id ON proposal (pair_id);
CREATE INDEX proposal_pair_id_number ON proposal (pair_id, number);

CREATE TABLE signature ({SEALED},
  number INTEGER NOT NULL
);
CREATE INDEX signature_pair_id ON signature (pair_id);
CREATE UNIQUE INDEX signature_pair_id_author_number ON signature (pair_id, author, number);

CREATE UNIQUE INDEX edition_pair_id_number ON edition (pair_id, number);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
