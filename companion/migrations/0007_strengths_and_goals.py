"""What the mentee stands on, and goals with five levels, scored at meetings."""

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
CREATE TABLE strength_offer ({SEALED},
  taken_in_at DATETIME,
  declined_at DATETIME
);
CREATE INDEX strength_offer_pair_id ON strength_offer (pair_id);

CREATE TABLE strength ({SEALED},
  strength_offer_id BLOB REFERENCES strength_offer (id) ON DELETE SET NULL,
  put_aside_at DATETIME
);
CREATE INDEX strength_pair_id ON strength (pair_id);
CREATE INDEX strength_strength_offer_id ON strength (strength_offer_id);

CREATE TABLE goal ({SEALED},
  closed_at DATETIME
);
CREATE INDEX goal_pair_id ON goal (pair_id);

CREATE TABLE goal_wording ({SEALED},
  goal_id BLOB NOT NULL REFERENCES goal (id) ON DELETE CASCADE
);
CREATE INDEX goal_wording_pair_id ON goal_wording (pair_id);
CREATE INDEX goal_wording_goal_id ON goal_wording (goal_id);

CREATE TABLE nearest_step ({SEALED},
  goal_id BLOB NOT NULL REFERENCES goal (id) ON DELETE CASCADE,
  replaced_at DATETIME
);
CREATE INDEX nearest_step_pair_id ON nearest_step (pair_id);
CREATE INDEX nearest_step_goal_id ON nearest_step (goal_id);

CREATE TABLE score ({SEALED},
  goal_id BLOB NOT NULL REFERENCES goal (id) ON DELETE CASCADE,
  meeting_id BLOB REFERENCES meeting (id) ON DELETE CASCADE
);
CREATE INDEX score_pair_id ON score (pair_id);
CREATE INDEX score_goal_id ON score (goal_id);
CREATE INDEX score_meeting_id ON score (meeting_id);
CREATE UNIQUE INDEX score_goal_id_meeting_id_author ON score (goal_id, meeting_id, author);
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
