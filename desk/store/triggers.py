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


Step = str | Frozen | Decided | PerEngine
