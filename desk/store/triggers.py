"""Rules about rows that are there already, which only a trigger can hold.

The two engines write triggers differently; each rule says them for both.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Frozen:
    """Rows of `table` are never changed, and none but trial rows (if it has `trial`) deleted."""

    table: str
    trial: bool = True

    def sql(self, engine: str) -> list[str]:
        table = self.table
        real = "WHEN (OLD.trial = 0) " if self.trial else ""
        if engine == "sqlite":
            return [
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"{real}BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
            ]
        return [
            f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"FOR EACH ROW {real}EXECUTE FUNCTION {table}_frozen()",
        ]


@dataclass(frozen=True)
class PerEngine:
    """A statement that the two engines write differently."""

    sqlite: str
    postgres: str

    def sql(self, engine: str) -> list[str]:
        return [self.sqlite if engine == "sqlite" else self.postgres]


@dataclass(frozen=True)
class Decided:
    """Rows of `table` are decided once and otherwise as `Frozen`: of a row that is written, only
    its `decision`, and when and by whom, is filled in.
    """

    table: str

    def sql(self, engine: str) -> list[str]:
        table = self.table
        told = ("id", "procedure_id", "contents", "based_on", "reason", "made_at", "made_by")
        changed = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in (*told, "trial"))
        wrong = f"OLD.decision IS NOT NULL OR {changed}"
        if engine == "sqlite":
            return [
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE ON {table} WHEN {wrong} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is decided once'); END",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"WHEN OLD.trial = 0 BEGIN SELECT RAISE(ABORT, '{table} is kept'); END",
            ]
        return [
            f"CREATE FUNCTION {table}_decided() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is decided once' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({wrong}) EXECUTE FUNCTION {table}_decided()",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"FOR EACH ROW WHEN (OLD.trial = 0) EXECUTE FUNCTION {table}_decided()",
        ]


@dataclass(frozen=True)
class Blanked:
    """Takes the place of `Frozen`'s rule against changes: once a row of `table` is old enough
    (its `moment` before the line `subject` in the table `retention`), its free `texts` may become
    '', all of them at once. Every other change of a row is refused as before.
    """

    table: str
    texts: tuple[str, ...]
    others: tuple[str, ...]  # every other column
    moment: str
    subject: str

    def sql(self, engine: str) -> list[str]:
        table, texts = self.table, ", ".join(self.texts)
        blank = " AND ".join(f"NEW.{name} = ''" for name in self.texts)
        wrong = f"NOT ({blank} AND OLD.{self.moment} < {line(self.subject)})"
        others, told = ", ".join(self.others), f"{table} is append-only"
        if engine == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
            return [
                f"DROP TRIGGER {table}_no_change",
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OF {others} ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OF {texts} ON {table} "
                f"WHEN {wrong} {refuse}",
            ]
        return [
            f"DROP TRIGGER {table}_no_change ON {table}",
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OF {others} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()",
            f"CREATE FUNCTION {table}_blanked() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {wrong} THEN RAISE EXCEPTION '{told}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OF {texts} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_blanked()",
        ]


@dataclass(frozen=True)
class Outlived:
    """Takes the place of `Frozen`'s rule against deleting: rows of `table` older than the line
    `subject` may go, and trial rows.
    """

    table: str
    moment: str
    subject: str

    def sql(self, engine: str) -> list[str]:
        table, told = self.table, f"{self.table} is append-only"
        wrong = f"OLD.trial = 0 AND NOT OLD.{self.moment} < {line(self.subject)}"
        if engine == "sqlite":
            return [
                f"DROP TRIGGER {table}_no_delete",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {wrong} "
                f"BEGIN SELECT RAISE(ABORT, '{told}'); END",
            ]
        return [
            f"DROP TRIGGER {table}_no_delete ON {table}",
            f"CREATE FUNCTION {table}_outlived() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {wrong} THEN RAISE EXCEPTION '{told}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_outlived()",
        ]


def line(subject: str) -> str:
    """SQL: the moment before which a subject leaves; before every moment where there is none."""
    return f"COALESCE((SELECT before FROM retention WHERE subject = '{subject}'), '')"


Step = str | Frozen | Decided | PerEngine | Blanked | Outlived
