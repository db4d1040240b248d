"""What a plan came from and went on as, ideas put by for later, and insights that are not to come back."""

STATEMENTS = """
ALTER TABLE action ADD COLUMN insight_id BLOB REFERENCES insight (id) ON DELETE SET NULL;
ALTER TABLE action ADD COLUMN began_as_id BLOB REFERENCES action (id) ON DELETE SET NULL;
ALTER TABLE action ADD COLUMN goal BLOB;
CREATE INDEX action_insight_id ON action (insight_id);
CREATE INDEX action_began_as_id ON action (began_as_id);

ALTER TABLE offer ADD COLUMN parked_at DATETIME;

CREATE TABLE rest (
  id BLOB NOT NULL PRIMARY KEY,
  insight_id BLOB NOT NULL REFERENCES insight (id) ON DELETE CASCADE,
  person_id BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  created_at DATETIME NOT NULL
);
CREATE INDEX rest_insight_id ON rest (insight_id);
CREATE INDEX rest_person_id ON rest (person_id);
CREATE UNIQUE INDEX rest_insight_id_person_id ON rest (insight_id, person_id);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
