"""A page of a long course finds what it shows without passing what it does not show."""

STATEMENTS = """
CREATE INDEX action_pair_id_closed_at ON action (pair_id, closed_at);
CREATE INDEX agenda_item_pair_id_meeting_id ON agenda_item (pair_id, meeting_id);
CREATE INDEX insight_pair_id_meeting_id ON insight (pair_id, meeting_id);
CREATE INDEX insight_pair_id_scope_created_at ON insight (pair_id, scope, created_at);
CREATE INDEX nearest_step_pair_id_replaced_at ON nearest_step (pair_id, replaced_at);
CREATE INDEX promise_pair_id_closed_at ON promise (pair_id, closed_at);
CREATE INDEX score_pair_id_meeting_id ON score (pair_id, meeting_id)
"""


def up(migrator, db):
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
