"""Tables of safety: the audit, shared tablets, proof of who one is (see `schema.py`)."""

from desk.store.triggers import Frozen, PerEngine, Step

SAFETY: list[Step] = [
    # One row for every transaction that changed something, and for what else must be known; each
    # is bound to the one before by `mac` (desk/store/audit.py). No key leads to `person`: the
    # audit stays as it is whatever becomes of the rest.
    "CREATE TABLE audit (n BIGINT PRIMARY KEY, at TEXT NOT NULL, person_id TEXT NOT NULL, "
    "role TEXT NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL, facts TEXT NOT NULL, "
    "mac TEXT NOT NULL UNIQUE)",
    "CREATE INDEX audit_at ON audit (at)",
    "CREATE INDEX audit_person ON audit (person_id)",
    Frozen("audit", trial=False),
    # Rows on their way into the audit: empty between transactions.
    PerEngine(
        "CREATE TABLE change (id INTEGER PRIMARY KEY, table_name TEXT NOT NULL, "
        "key_columns TEXT NOT NULL, before_row TEXT NOT NULL, after_row TEXT NOT NULL)",
        "CREATE TABLE change (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "table_name TEXT NOT NULL, key_columns TEXT NOT NULL, before_row TEXT NOT NULL, "
        "after_row TEXT NOT NULL)",
    ),
    # A shared tablet: waits for its QR code to be read until `code_until`, then its browser has
    # a secret of which the database knows the SHA-256, until somebody takes it off.
    "CREATE TABLE tablet (id TEXT PRIMARY KEY, name TEXT NOT NULL, code_sha256 TEXT UNIQUE, "
    "code_until TEXT, sha256 TEXT UNIQUE, made_at TEXT NOT NULL, "
    "made_by TEXT NOT NULL REFERENCES person (id), enrolled_at TEXT, seen_at TEXT, "
    "revoked_at TEXT, revoked_by TEXT REFERENCES person (id), "
    "CHECK ((enrolled_at IS NULL) = (sha256 IS NULL)), "
    "CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)))",
    # Wrong tries at proving who one is; `place` is the tablet, or the visitor's mixed-up address.
    "CREATE TABLE sign_in_try (id TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES person (id) "
    "ON DELETE CASCADE, place TEXT NOT NULL, at TEXT NOT NULL)",
    "CREATE INDEX sign_in_try_person ON sign_in_try (person_id, at)",
    *(
        f"ALTER TABLE session ADD COLUMN {column}"
        for column in (
            "tablet_id TEXT REFERENCES tablet (id) ON DELETE CASCADE",
            "seen_at TEXT",  # somebody touched the screen
            "locked_at TEXT",  # 席をはなれる, or nobody touched it
            "proved_at TEXT",  # the PIN, password or code was right
        )
    ),
    "ALTER TABLE person DROP COLUMN wrong",
    "ALTER TABLE person DROP COLUMN locked_until",
    *(
        f"ALTER TABLE person ADD COLUMN {column}"
        for column in (
            "blocked_at TEXT",  # too many wrong tries in a day: an administrator lets them in
            "expires_on TEXT",  # the last day of their access; none: no end
            "totp_secret TEXT",  # encrypted with a key that is not in the database
            "totp_step INTEGER",  # the last time step a code was taken for: no code counts twice
            "recovery TEXT NOT NULL DEFAULT ''",  # hashes of the codes for a lost phone, one a line
            "oidc_subject TEXT",  # who they are at the city's identity provider
        )
    ),
    "CREATE UNIQUE INDEX person_oidc ON person (oidc_subject)",
    # Which triggers were made for the audit.
    "CREATE TABLE watching (mark TEXT PRIMARY KEY)",
    # From the provider's answer to a session of ours: a secret for one minute and one use.
    "CREATE TABLE handover (sha256 TEXT PRIMARY KEY, person_id TEXT NOT NULL "
    "REFERENCES person (id) ON DELETE CASCADE, until TEXT NOT NULL)",
]

# How each thing the desk does by itself went the last time. `slot`: desk/chores.py; `code`: why it
# failed, of this run and of the last that ended; `good_at`: when it last succeeded.
CHORES: list[Step] = [
    "CREATE TABLE chore (name TEXT PRIMARY KEY, slot BIGINT NOT NULL, began_at TEXT NOT NULL, "
    "ended_at TEXT, code TEXT, last_code TEXT, good_at TEXT, facts TEXT NOT NULL)",
]
