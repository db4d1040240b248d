"""What the mentee takes along to the annual review, and what the mentor is asked about it."""

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
CREATE TABLE review_item ({SEALED},
  position INTEGER NOT NULL
);
CREATE INDEX review_item_pair_id ON review_item (pair_id);

CREATE TABLE review_request ({SEALED},
  item_id BLOB NOT NULL REFERENCES review_item (id) ON DELETE CASCADE,
  agreed_at DATETIME,
  declined_at DATETIME
);
CREATE INDEX review_request_pair_id ON review_request (pair_id);
CREATE UNIQUE INDEX review_request_item_id ON review_request (item_id);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
