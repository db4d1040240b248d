"""A page of a long course finds what it shows without passing what it does not show."""

INDEXES = (
    ("action", "closed_at"),
    ("agenda_item", "meeting_id"),
    ("insight", "meeting_id"),
    ("insight", "scope", "created_at"),
    ("nearest_step", "replaced_at"),
    ("promise", "closed_at"),
    ("score", "meeting_id"),
)


def up(migrator, db):
    for table, *columns in INDEXES:
        name = "_".join((table, "pair_id", *columns))
        db.execute_sql(f"CREATE INDEX {name} ON {table} (pair_id, {', '.join(columns)})")
