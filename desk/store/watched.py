"""Triggers that write every changed row into `change`, for the audit.

They follow from the tables as they are, so they are made after the migrations and need none of
their own. What people are called and how they are reached, what was noted of them and what proves
who one is stay out: there is only whether it was there and whether it changed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from desk.store.engine import Writer

# Tables whose changes are in no audit, and why.
UNWATCHED = {
    "audit": "the audit itself",
    "change": "on its way into the audit",
    "draft": "not said yet",
    "session": "signing in and out is noted by itself",
    "sign_in_try": "signing in is noted by itself",
    "handover": "signing in is noted by itself",
    "seat": "follows from class and event",
    "busy": "follows from class and series",
    "loaded_file": "follows from the rows of the file",
    "import_change": "is a record of before and after itself",
    "guide_miss": "what visitors looked for, counted",
    "incident": "append-only, and nobody's",
    "chore": "what goes another way than last time is noted by itself",
    "watching": "the schema",
    "_migration": "the schema",
    "_sqlite_migrations": "the schema",
}
PRIVATE = {
    "person": ("secret", "totp_secret", "recovery", "oidc_subject"),
    "booking": ("kana", "reach_note", "code"),
    "consultation": ("note", "reason"),
    "feed": ("sha256",),
    "tablet": ("sha256", "code_sha256"),
    "setting": ("value",),
}
HIDDEN, HIDDEN_CHANGED = "***", "*** (changed)"


@dataclass(frozen=True)
class Table:
    """A table as it is in the database: its columns and those of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def private(self) -> tuple[str, ...]:
        """Columns whose values stay out."""
        return PRIVATE.get(self.name, ())


def watch(write: Writer, engine: str) -> None:
    """Make the triggers anew where the tables, or what is said here, are other than last time."""
    there = tables(write, engine)
    if "change" not in [one.name for one in there]:
        return  # a schema from before the audit
    make = _sqlite if engine == "sqlite" else _postgres
    sql = [statement for one in there if one.name not in UNWATCHED for statement in make(one)]
    if engine == "postgres":
        sql.insert(0, _FUNCTION)
    mark = hashlib.sha256("\n".join(sql).encode()).hexdigest()
    if write.one("SELECT 1 AS yes FROM watching WHERE mark = :mark", mark=mark):
        return
    unwatch(write, engine)
    for statement in sql:
        write.run(statement)
    write.run("INSERT INTO watching (mark) VALUES (:mark)", mark=mark)


def unwatch(write: Writer, engine: str) -> None:
    """Take the triggers away: no column can go from a table while one reads it."""
    found = _made(write, engine)
    for statement in found:
        write.run(statement)
    if found:
        write.run("DELETE FROM watching")


def tables(write: Writer, engine: str) -> list[Table]:
    """Every table of the database, by name."""
    if engine == "sqlite":
        names = write.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
            "ORDER BY name"
        )
        found = []
        for row in names:
            columns = write.rows("SELECT name, pk FROM pragma_table_info(:t)", t=row["name"])
            keys = sorted((one for one in columns if one["pk"]), key=lambda one: one["pk"])
            found.append(_table(row["name"], [one["name"] for one in columns], keys))
        return found
    columns = write.rows(
        "SELECT c.table_name, c.column_name AS name FROM information_schema.columns c "
        "JOIN information_schema.tables t ON t.table_name = c.table_name "
        "AND t.table_schema = c.table_schema WHERE c.table_schema = current_schema() "
        "AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position"
    )
    keys = write.rows(
        "SELECT k.table_name, k.column_name AS name FROM information_schema.key_column_usage k "
        "JOIN information_schema.table_constraints t ON t.constraint_name = k.constraint_name "
        "AND t.table_schema = k.table_schema WHERE t.constraint_type = 'PRIMARY KEY' "
        "AND k.table_schema = current_schema() ORDER BY k.table_name, k.ordinal_position"
    )
    return [
        _table(
            table,
            [one["name"] for one in columns if one["table_name"] == table],
            [one for one in keys if one["table_name"] == table],
        )
        for table in sorted({one["table_name"] for one in columns})
    ]


def _table(name: str, columns: list[str], keys: list[dict[str, str]]) -> Table:
    return Table(name, tuple(columns), tuple(one["name"] for one in keys) or tuple(columns))


def _made(write: Writer, engine: str) -> list[str]:
    """How to take the triggers away that were made before."""
    if engine == "sqlite":
        found = write.rows(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' "
            "AND name LIKE 'watch!_%' ESCAPE '!'"
        )
        return [f"DROP TRIGGER {one['name']}" for one in found]
    found = write.rows(
        "SELECT DISTINCT event_object_table AS t FROM information_schema.triggers "
        "WHERE trigger_name = 'watch' AND trigger_schema = current_schema()"
    )
    return [f"DROP TRIGGER watch ON {one['t']}" for one in found]


def _sqlite(table: Table) -> Iterator[str]:
    keys = ",".join(table.key)
    for verb, before, after in (
        ("INSERT", "''", _json(table, "NEW")),
        ("UPDATE", _json(table, "OLD"), _json(table, "NEW", "OLD")),
        ("DELETE", _json(table, "OLD"), "''"),
    ):
        yield (
            f"CREATE TRIGGER watch_{table.name}_{verb.lower()} AFTER {verb} ON {table.name} "
            f"BEGIN INSERT INTO change (table_name, key_columns, before_row, after_row) "
            f"VALUES ('{table.name}', '{keys}', {before}, {after}); END"
        )


def _json(table: Table, side: str, other: str = "") -> str:
    parts = []
    for name in table.columns:
        value = f'{side}."{name}"'
        if name in table.private:
            changed = (
                f"WHEN {value} IS NOT {other}.\"{name}\" THEN '{HIDDEN_CHANGED}' " if other else ""
            )
            value = (
                f"CASE WHEN {value} IS NULL OR {value} = '' THEN {value} {changed}"
                f"ELSE '{HIDDEN}' END"
            )
        parts.append(f"'{name}', {value}")
    return f"json_object({', '.join(parts)})"


# The two arguments of its triggers: the columns of the key, and those that stay out.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION watched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before jsonb; after jsonb; said jsonb; name text;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF;
  FOREACH name IN ARRAY string_to_array(TG_ARGV[1], ',') LOOP
    said := after -> name;
    IF after IS NOT NULL AND COALESCE(after ->> name, '') <> '' THEN
      after := jsonb_set(after, ARRAY[name], to_jsonb(
        CASE WHEN before IS NOT NULL AND said IS DISTINCT FROM before -> name
        THEN '{HIDDEN_CHANGED}'::text ELSE '{HIDDEN}'::text END));
    END IF;
    IF before IS NOT NULL AND COALESCE(before ->> name, '') <> '' THEN
      before := jsonb_set(before, ARRAY[name], to_jsonb('{HIDDEN}'::text));
    END IF;
  END LOOP;
  INSERT INTO change (table_name, key_columns, before_row, after_row)
  VALUES (TG_TABLE_NAME, TG_ARGV[0], COALESCE(before::text, ''), COALESCE(after::text, ''));
  RETURN NULL;
END $$"""


def _postgres(table: Table) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON {table.name} FOR EACH ROW "
        f"EXECUTE FUNCTION watched('{','.join(table.key)}', '{','.join(table.private)}')"
    )
