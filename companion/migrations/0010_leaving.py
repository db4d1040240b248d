"""Whoever erases themselves leaves a room behind with the other in it, who is told when."""


def up(migrator, db):
    db.execute_sql("ALTER TABLE pair ADD COLUMN left_at DATETIME")
