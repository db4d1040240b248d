"""Migrations: a new database has what the models expect, twice is once, and one that fails changes nothing."""

import re
import sqlite3
from contextlib import closing

import peewee
import pytest
from acting import at_once
from conftest import make_person, repository
from playhouse import migrations

from companion import cli, db, secret, text, vault
from companion.meetings.models import Recap
from companion.pairs.rows import Row
from companion.people.models import Person

FOLDER = repository() / "companion" / "migrations"


def models(of=db.Model):
    for model in of.__subclasses__():
        if model is not Row and model.__module__.startswith("companion."):
            yield model
        yield from models(model)


MODELS = sorted(set(models()), key=lambda model: model._meta.table_name)


def schema(path):
    """{name: what it is made of} of everything in the database file."""
    with closing(sqlite3.connect(path)) as file:
        return dict(file.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))


def expected(path):
    """The same as `schema`, as peewee would make it for the models of today."""
    fresh = peewee.SqliteDatabase(path)
    with fresh.bind_ctx(MODELS), fresh:
        fresh.create_tables(MODELS)
    return schema(path)


def columns(path, table):
    with closing(sqlite3.connect(path)) as file:
        found = file.execute(f"PRAGMA table_info({table})").fetchall()
        keys = file.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    return (
        {name: (kind, bool(required), default, bool(key)) for _n, name, kind, required, default, key in found},
        {(column, other, their, on_delete) for _id, _seq, other, column, their, _update, on_delete, _match in keys},
    )


def indexes(path, table):
    """{(columns, unique)} of a table's indexes, whatever their names."""
    with closing(sqlite3.connect(path)) as file:
        found = file.execute(f"PRAGMA index_list({table})").fetchall()
        return {
            (tuple(row[2] for row in file.execute(f"PRAGMA index_info({index[1]})")), bool(index[2])) for index in found
        }


def test_every_model_is_known_here():
    names = {model._meta.table_name for model in MODELS}
    assert {"person", "pair", "edition", "action", "secret_check", "attempt"} <= names
    assert len(names) >= 17


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.table_name)
def test_a_new_database_has_what_a_model_expects_column_by_column(app, settings, tmp_path, model):
    expected(tmp_path / "expected.db")
    table = model._meta.table_name
    assert columns(settings.database, table) == columns(tmp_path / "expected.db", table)
    assert indexes(settings.database, table) == indexes(tmp_path / "expected.db", table)


def test_a_new_database_has_no_table_without_a_model(app, settings):
    tables = {name for name, sql in schema(settings.database).items() if sql and sql.startswith("CREATE TABLE")}
    assert tables == {model._meta.table_name for model in MODELS} | {"schema_migration"}


def test_every_key_to_another_row_has_an_index(app, settings):
    for model in MODELS:
        table = model._meta.table_name
        _columns, keys = columns(settings.database, table)
        led = {names[0] for names, _unique in indexes(settings.database, table)}
        assert {column for column, *_rest in keys} <= led, table


def test_migrations_are_numbered_without_gaps():
    names = sorted(path.name for path in FOLDER.glob("[0-9]*.py"))
    assert [name[:5] for name in names] == [f"{n:04}_" for n in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in names)


def test_running_twice_is_harmless(app, settings):
    anne = make_person("Anne Holm")
    before = schema(settings.database)
    for _ in range(2):
        cli.prepare(settings)
    assert schema(settings.database) == before
    assert [person.id for person in Person.select()] == [anne.id]
    assert migrations.run(db.db, directory=str(FOLDER)) == []


def test_two_that_start_at_once_make_one_database(settings):
    assert at_once(*[lambda: cli.prepare(settings)] * 2) == [None, None]
    db.open_connection()
    assert Person.select().count() == 0
    with closing(sqlite3.connect(settings.database)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM schema_migration")]
        assert file.execute("SELECT count(*) FROM secret_check").fetchone() == (1,)
    assert names == sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))
    assert len(secret.read(settings)) == 32
    db.close_connection()
    db.db.close_all()


def test_one_that_fails_changes_nothing(app, settings, tmp_path):
    make_person("Anne Holm")
    before = schema(settings.database)
    (tmp_path / "0001_first_edition.py").write_text("def up(migrator, db):\n    raise AssertionError\n")
    (tmp_path / "0002_breaks.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('CREATE TABLE half (id INTEGER)')\n"
        "    db.execute_sql('ALTER TABLE person ADD COLUMN half TEXT')\n"
        "    db.execute_sql('UPDATE person SET name = ?', ('nobody',))\n"
        "    db.execute_sql('DROP TABLE recap')\n"
        "    raise RuntimeError('half-way')\n"
    )
    with pytest.raises(RuntimeError, match="half-way"):
        migrations.run(db.db, directory=str(tmp_path))
    assert schema(settings.database) == before
    assert Person.get().name == "Anne Holm"
    (tmp_path / "0002_breaks.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE whole (id INTEGER)')\n"
    )
    assert migrations.run(db.db, directory=str(tmp_path)) == ["0002_breaks"]
    assert "whole" in schema(settings.database)


def test_the_first_edition_is_whole_or_not_there(settings, tmp_path):
    broken = (FOLDER / "0001_first_edition.py").read_text().replace("CREATE INDEX action_offer_id", "CREATE NONSENSE x")
    (tmp_path / "0001_first_edition.py").write_text(broken)
    settings.data.mkdir()
    db.connect(settings.database)
    db.open_connection()
    with pytest.raises(peewee.OperationalError):
        migrations.run(db.db, directory=str(tmp_path))
    assert set(schema(settings.database)) <= {"schema_migration", "schema_migration_name"}
    cli.prepare(settings)
    assert "action" in schema(settings.database)
    db.close_connection()
    db.db.close_all()


def test_a_database_of_a_later_edition_is_left_alone(app, settings, tmp_path):
    later = tmp_path / "later"
    later.mkdir()
    (later / "0099_later.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE later (id INTEGER)')\n"
    )
    migrations.run(db.db, directory=str(later))
    before = schema(settings.database)
    cli.prepare(settings)
    assert schema(settings.database) == before


def test_what_was_sealed_as_version_one_still_opens(meeting):
    # As the first edition wrote it: neither page nor html beside the text.
    recap = Recap.save_text(meeting, "since", "*As it was.*", rev=0, page="p")
    inside = b'{"v":1,"by":"%s","at":"2026-11-01T09:00:00","text":"*As it was.*"}' % recap.by.encode()
    blob = vault.seal(meeting.opener.keys[recap.scope], inside, *recap._context())
    Recap.update(blob=blob).where(Recap.id == recap.id).execute()
    again = Recap.find(meeting.opener, recap.id)
    assert (again.text, again.page, again.html("text")) == ("*As it was.*", None, text.render("*As it was.*"))
    assert again.change(text="As it is.").text == "As it is."
