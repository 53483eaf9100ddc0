"""The tables, written once in the dialect SQLite and PostgreSQL share.

A migration is a name and its steps; it is never edited after a release, a new one is added.
What must not happen is forbidden here, by constraint: a seat holds one booking (`seat`), a room,
an instructor or a tablet one class at a time (`busy`), a person is in a class once
(`booking_person`), consultations and the journal are never rewritten (`Frozen`).
`trial` marks 見本: rows that are not the city's own.
"""

from desk.store.leaving import LEAVING
from desk.store.safety import CHORES, SAFETY
from desk.store.triggers import Decided, Frozen, Step

_FLAG = "INTEGER NOT NULL DEFAULT 0 CHECK ({0} IN (0, 1))"
_TRIAL = "trial " + _FLAG.format("trial")
_ACTIVE = "active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1))"
_POINT = (
    "lat DOUBLE PRECISION NOT NULL CHECK (lat BETWEEN 20 AND 46), "
    "lng DOUBLE PRECISION NOT NULL CHECK (lng BETWEEN 122 AND 154)"
)

FACTS: list[Step] = [
    "CREATE TABLE loaded_file (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, "
    "loaded_at TEXT NOT NULL)",
    f"CREATE TABLE town (id TEXT PRIMARY KEY, name TEXT NOT NULL, kana TEXT NOT NULL, "
    f"postal_code TEXT NOT NULL, {_POINT}, source TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE venue (id TEXT PRIMARY KEY, name TEXT NOT NULL, kana TEXT NOT NULL, "
    f"kind TEXT NOT NULL, address TEXT NOT NULL, {_POINT}, source TEXT NOT NULL, "
    f"{_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE room (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL REFERENCES venue (id), "
    f"name TEXT NOT NULL, seats INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 500), "
    f"source TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE desk (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL REFERENCES venue (id), "
    f"name TEXT NOT NULL, hours TEXT NOT NULL, source TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE wifi_spot (id TEXT PRIMARY KEY, name TEXT NOT NULL, kana TEXT NOT NULL, "
    f"address TEXT NOT NULL, area TEXT NOT NULL, ssid TEXT NOT NULL, how TEXT NOT NULL, "
    f"security TEXT NOT NULL CHECK (security IN ('open', 'WPA')), password TEXT NOT NULL, "
    f"provider TEXT NOT NULL, note TEXT NOT NULL, checked_on TEXT NOT NULL, {_POINT}, "
    f"source TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE population (town_id TEXT NOT NULL REFERENCES town (id), "
    f"band TEXT NOT NULL, persons INTEGER NOT NULL CHECK (persons >= 0), "
    f"source TEXT NOT NULL, {_TRIAL}, {_ACTIVE}, PRIMARY KEY (town_id, band))",
    f"CREATE TABLE figure (id TEXT PRIMARY KEY, key TEXT NOT NULL, value DOUBLE PRECISION "
    f"NOT NULL, as_of TEXT NOT NULL, unit TEXT NOT NULL, source TEXT NOT NULL, "
    f"{_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE card_rate (id TEXT PRIMARY KEY, area TEXT NOT NULL, as_of TEXT NOT NULL, "
    f"population INTEGER NOT NULL, issued INTEGER NOT NULL, source TEXT NOT NULL, "
    f"{_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE course (id TEXT PRIMARY KEY, title TEXT NOT NULL, title_en TEXT NOT NULL, "
    f"about TEXT NOT NULL, minutes INTEGER NOT NULL CHECK (minutes BETWEEN 15 AND 480), "
    f"bring TEXT NOT NULL, source TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
]

PEOPLE: list[Step] = [
    "CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
    "role TEXT NOT NULL CHECK (role IN ('volunteer', 'staff', 'planner', 'admin')), "
    "secret TEXT, must_change " + _FLAG.format("must_change") + ", "
    "wrong INTEGER NOT NULL DEFAULT 0, locked_until TEXT, "
    "desk_id TEXT REFERENCES desk (id), desk_kind TEXT, "
    f"made_at TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
    "CREATE TABLE session (id TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES person (id) "
    "ON DELETE CASCADE, made_at TEXT NOT NULL, ends_at TEXT NOT NULL)",
    "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
]

CLASSES: list[Step] = [
    f"CREATE TABLE instructor (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, {_TRIAL}, "
    f"{_ACTIVE})",
    "CREATE TABLE class (id TEXT PRIMARY KEY, course_id TEXT NOT NULL REFERENCES course (id), "
    "venue_id TEXT NOT NULL REFERENCES venue (id), room_id TEXT NOT NULL REFERENCES room (id), "
    "starts_at TEXT NOT NULL, ends_at TEXT NOT NULL, "
    "status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'cancelled')), "
    "version INTEGER NOT NULL DEFAULT 1, made_at TEXT NOT NULL, "
    f"made_by TEXT NOT NULL REFERENCES person (id), {_TRIAL}, CHECK (ends_at > starts_at))",
    "CREATE INDEX class_starts ON class (starts_at)",
    "CREATE TABLE class_instructor (class_id TEXT NOT NULL REFERENCES class (id) "
    "ON DELETE CASCADE, instructor_id TEXT NOT NULL REFERENCES instructor (id), "
    "PRIMARY KEY (class_id, instructor_id))",
    # One row for every step of time a room or an instructor is in use: the primary key is what
    # makes a clash impossible, on both engines, under any concurrency.
    "CREATE TABLE busy (resource TEXT NOT NULL, step TEXT NOT NULL, class_id TEXT NOT NULL "
    "REFERENCES class (id) ON DELETE CASCADE, PRIMARY KEY (resource, step))",
    "CREATE INDEX busy_class ON busy (class_id)",
    "CREATE TABLE booking (id TEXT PRIMARY KEY, class_id TEXT NOT NULL REFERENCES class (id) "
    "ON DELETE CASCADE, code TEXT NOT NULL UNIQUE, place INTEGER NOT NULL, kana TEXT NOT NULL, "
    "residence TEXT NOT NULL CHECK (residence IN ('town', 'outside', 'unknown')), "
    "town_id TEXT REFERENCES town (id), "
    "reach TEXT NOT NULL CHECK (reach IN ('phone', 'neighbour', 'welfare', 'drop_in', 'none')), "
    "reach_note TEXT NOT NULL, party INTEGER NOT NULL CHECK (party IN (1, 2)), "
    "made_at TEXT NOT NULL, made_by TEXT NOT NULL REFERENCES person (id), arrived_at TEXT, "
    f"{_TRIAL}, UNIQUE (class_id, place), CHECK ((residence = 'town') = (town_id IS NOT NULL)))",
    "CREATE INDEX booking_town ON booking (town_id)",
    # A seat is a row. It holds one booking or none: two cannot sit on it.
    "CREATE TABLE seat (class_id TEXT NOT NULL REFERENCES class (id) ON DELETE CASCADE, "
    "number INTEGER NOT NULL CHECK (number >= 1), "
    "booking_id TEXT REFERENCES booking (id), PRIMARY KEY (class_id, number))",
    "CREATE INDEX seat_booking ON seat (booking_id)",
]

CONSULTATIONS: list[Step] = [
    "CREATE TABLE consultation (id TEXT PRIMARY KEY, logged_at TEXT NOT NULL, "
    "desk_id TEXT NOT NULL REFERENCES desk (id), "
    "kind TEXT NOT NULL, person_id TEXT NOT NULL REFERENCES person (id), "
    "residence TEXT NOT NULL CHECK (residence IN ('town', 'outside', 'unknown')), "
    "town_id TEXT REFERENCES town (id), age_band TEXT NOT NULL, topic TEXT NOT NULL, "
    "result TEXT NOT NULL, minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 480), "
    f"note TEXT NOT NULL, {_TRIAL}, "
    "CHECK ((residence = 'town') = (town_id IS NOT NULL)))",
    "CREATE INDEX consultation_town ON consultation (town_id)",
    "CREATE INDEX consultation_logged ON consultation (logged_at)",
    Frozen("consultation"),
]

# What a class, its people and its things grew into: drafts, series, holds, and a journal.
DESK: list[Step] = [
    "ALTER TABLE course ADD COLUMN level TEXT NOT NULL DEFAULT 'basic' "
    "CHECK (level IN ('intro', 'basic', 'applied'))",
    "ALTER TABLE course ADD COLUMN needs TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE course ADD COLUMN before TEXT NOT NULL DEFAULT ''",
    # 1: staff added it on a screen, so that no file takes it away.
    "ALTER TABLE course ADD COLUMN own " + _FLAG.format("own"),
    "ALTER TABLE venue ADD COLUMN days TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE venue ADD COLUMN opens TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE venue ADD COLUMN closes TEXT NOT NULL DEFAULT ''",
    f"CREATE TABLE closed_day (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL, rule TEXT NOT NULL, "
    f"reason TEXT NOT NULL, source TEXT NOT NULL, {_TRIAL}, {_ACTIVE})",
    f"CREATE TABLE equipment (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL REFERENCES venue (id), "
    f"name TEXT NOT NULL, count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 500), "
    f"setup INTEGER NOT NULL CHECK (setup BETWEEN 0 AND 480), source TEXT NOT NULL, "
    f"{_TRIAL}, {_ACTIVE})",
    "ALTER TABLE instructor ADD COLUMN role TEXT NOT NULL DEFAULT 'lecturer' "
    "CHECK (role IN ('lecturer', 'assistant', 'promoter', 'caller'))",
    "ALTER TABLE instructor ADD COLUMN trained_on TEXT",
    "ALTER TABLE instructor ADD COLUMN expires_on TEXT",
    "ALTER TABLE instructor ADD COLUMN skills TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE instructor ADD COLUMN hours TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE instructor ADD COLUMN person_id TEXT REFERENCES person (id)",
    "CREATE TABLE series (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, "
    f"made_by TEXT NOT NULL REFERENCES person (id), {_TRIAL})",
    "ALTER TABLE class ADD COLUMN series_id TEXT REFERENCES series (id)",
    "ALTER TABLE class ADD COLUMN published_at TEXT",  # none: a draft
    "ALTER TABLE class ADD COLUMN changed_at TEXT",
    "ALTER TABLE class ADD COLUMN cancelled_at TEXT",
    "UPDATE class SET published_at = made_at, changed_at = made_at, "
    "cancelled_at = CASE WHEN status = 'cancelled' THEN made_at END",
    "CREATE TABLE class_equipment (class_id TEXT NOT NULL REFERENCES class (id) "
    "ON DELETE CASCADE, equipment_id TEXT NOT NULL REFERENCES equipment (id), "
    "count INTEGER NOT NULL CHECK (count >= 1), PRIMARY KEY (class_id, equipment_id))",
    # A letter is one more way to reach somebody; a CHECK grows with its column.
    "ALTER TABLE booking ADD COLUMN way TEXT NOT NULL DEFAULT 'none' "
    "CHECK (way IN ('phone', 'neighbour', 'welfare', 'letter', 'drop_in', 'none'))",
    "UPDATE booking SET way = reach",
    "ALTER TABLE booking DROP COLUMN reach",
    "ALTER TABLE booking RENAME COLUMN way TO reach",
    "ALTER TABLE booking ADD COLUMN cancelled_at TEXT",
    "ALTER TABLE booking ADD COLUMN held_until TEXT",  # a seat is kept for them until then
    "ALTER TABLE booking ADD COLUMN lapsed_at TEXT",  # offered a seat and not taken
    "ALTER TABLE booking ADD COLUMN no_show_at TEXT",
    "ALTER TABLE booking ADD COLUMN walk_in " + _FLAG.format("walk_in"),
    "ALTER TABLE booking ADD COLUMN group_id TEXT",  # one form for several meetings of a series
    "ALTER TABLE booking ADD COLUMN namesake INTEGER NOT NULL DEFAULT 0",
    "UPDATE booking SET namesake = (SELECT COUNT(*) FROM booking o "
    "WHERE o.class_id = booking.class_id AND o.kana = booking.kana "
    "AND o.residence = booking.residence "
    "AND COALESCE(o.town_id, '') = COALESCE(booking.town_id, '') AND o.place < booking.place)",
    # One person is in a class once. Two people of one name and neighbourhood are told apart.
    "CREATE UNIQUE INDEX booking_person ON booking (class_id, kana, residence, "
    "COALESCE(town_id, ''), namesake) WHERE cancelled_at IS NULL",
    "CREATE INDEX booking_group ON booking (group_id)",
    "CREATE INDEX booking_held ON booking (held_until)",
    # What happened in a class, in order. It names no resident and is never rewritten.
    "CREATE TABLE event (class_id TEXT NOT NULL REFERENCES class (id), "
    "number INTEGER NOT NULL CHECK (number >= 1), kind TEXT NOT NULL, booking_id TEXT, "
    "amount INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL, "
    # Nobody: the resident did it, by code.
    f"person_id TEXT REFERENCES person (id), note TEXT NOT NULL DEFAULT '', {_TRIAL}, "
    "PRIMARY KEY (class_id, number))",
    "CREATE INDEX event_booking ON event (booking_id)",
    # The journal of classes from before it began: who was booked, and who had a seat.
    "INSERT INTO event (class_id, number, kind, amount, at, person_id, trial) "
    "SELECT c.id, 1, 'resized', (SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id), "
    "c.made_at, c.made_by, c.trial FROM class c",
    "INSERT INTO event (class_id, number, kind, booking_id, amount, at, person_id, trial) "
    "SELECT b.class_id, 2 * b.place, 'booked', b.id, b.party, b.made_at, b.made_by, b.trial "
    "FROM booking b",
    "INSERT INTO event (class_id, number, kind, booking_id, amount, at, person_id, trial) "
    "SELECT b.class_id, 2 * b.place + 1, 'seated', b.id, b.party, b.made_at, b.made_by, b.trial "
    "FROM booking b WHERE EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id)",
    Frozen("event"),
]

# The secret address of somebody's own calendar: only its hash, so that no copy of the database
# opens a feed.
FEEDS: list[Step] = [
    "CREATE TABLE feed (person_id TEXT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE, "
    "sha256 TEXT NOT NULL UNIQUE, made_at TEXT NOT NULL)",
]

# Wi-Fi as residents ask for it, and facts that staff bring in on a screen. NULL is "nobody knows".
_KNOWN = "INTEGER CHECK ({0} IN (0, 1))"
_PLACED = "placed TEXT NOT NULL DEFAULT 'given' CHECK (placed IN ('given', 'address', 'town'))"
WIFI: list[Step] = [
    *(
        f"ALTER TABLE {table} ADD COLUMN {column}"
        for table in ("venue", "wifi_spot")
        for column in (
            "city_code TEXT NOT NULL DEFAULT ''",
            "city_name TEXT NOT NULL DEFAULT ''",
            "name_en TEXT NOT NULL DEFAULT ''",
            "telephone TEXT NOT NULL DEFAULT ''",
            "url TEXT NOT NULL DEFAULT ''",
            "hours_note TEXT NOT NULL DEFAULT ''",
            # How its point is known: given, or 目安 from its address or its neighbourhood.
            _PLACED,
            # 1: staff brought it in on a screen, so that no file changes it or takes it away.
            "own " + _FLAG.format("own"),
        )
    ),
    "ALTER TABLE venue ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE venue ADD COLUMN barrier_free TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE population ADD COLUMN own " + _FLAG.format("own"),
    # The same people by five-year ages (85: and older), where the city's own table says so.
    "CREATE TABLE population_five (town_id TEXT NOT NULL REFERENCES town (id), "
    "from_age INTEGER NOT NULL CHECK (from_age BETWEEN 0 AND 85 AND from_age % 5 = 0), "
    "persons INTEGER NOT NULL CHECK (persons >= 0), source TEXT NOT NULL, "
    "PRIMARY KEY (town_id, from_age))",
    "ALTER TABLE wifi_spot ADD COLUMN venue_id TEXT NOT NULL DEFAULT ''",
    # Its own hours; empty: those of its venue.
    "ALTER TABLE wifi_spot ADD COLUMN days TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE wifi_spot ADD COLUMN opens TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE wifi_spot ADD COLUMN closes TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE wifi_spot ADD COLUMN seats INTEGER CHECK (seats BETWEEN 0 AND 5000)",
    f"ALTER TABLE wifi_spot ADD COLUMN sockets {_KNOWN.format('sockets')}",
    f"ALTER TABLE wifi_spot ADD COLUMN wheelchair {_KNOWN.format('wheelchair')}",
    f"ALTER TABLE wifi_spot ADD COLUMN registration {_KNOWN.format('registration')}",
    # Minutes until one is cut off; 0: never.
    "ALTER TABLE wifi_spot ADD COLUMN minutes_limit INTEGER "
    "CHECK (minutes_limit BETWEEN 0 AND 1440)",
    "ALTER TABLE wifi_spot ADD COLUMN state TEXT NOT NULL DEFAULT 'unknown' "
    "CHECK (state IN ('working', 'partly', 'not_working', 'unknown'))",
    # What staff found at the place, 「つながりません」 from residents, who stay nobody, and checks
    # taken back, which are rows too.
    "CREATE TABLE wifi_check (id TEXT PRIMARY KEY, spot_id TEXT NOT NULL "
    "REFERENCES wifi_spot (id), kind TEXT NOT NULL "
    "CHECK (kind IN ('working', 'partly', 'not_working', 'reported', 'taken_back')), "
    "at TEXT NOT NULL, person_id TEXT REFERENCES person (id), "
    f"takes_back TEXT UNIQUE REFERENCES wifi_check (id), {_TRIAL}, "
    "CHECK ((kind = 'reported') = (person_id IS NULL)), "
    "CHECK ((kind = 'taken_back') = (takes_back IS NOT NULL)))",
    "CREATE INDEX wifi_check_spot ON wifi_check (spot_id, at)",
    Frozen("wifi_check"),
    # What an import did, row by row (JSON; '' is no row), so that it can be taken back.
    "CREATE TABLE import_run (id TEXT PRIMARY KEY, dataset TEXT NOT NULL, "
    "file_name TEXT NOT NULL, source TEXT NOT NULL, made_at TEXT NOT NULL, "
    "made_by TEXT NOT NULL REFERENCES person (id), undone_at TEXT, "
    "undone_by TEXT REFERENCES person (id), "
    # What was done and what an undo did, for the list of past imports.
    "added INTEGER NOT NULL, changed INTEGER NOT NULL, gone INTEGER NOT NULL, "
    "refused INTEGER NOT NULL, restored INTEGER NOT NULL DEFAULT 0, "
    "kept INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE import_change (run_id TEXT NOT NULL REFERENCES import_run (id) "
    "ON DELETE CASCADE, number INTEGER NOT NULL, table_name TEXT NOT NULL, "
    "row_id TEXT NOT NULL, before_row TEXT NOT NULL, after_row TEXT NOT NULL, "
    "PRIMARY KEY (run_id, number))",
]

# The help desk: what a consultation grew into, drafts, the procedure navigator (手続きナビ).
_ANSWER = "TEXT NOT NULL DEFAULT ''"
HELP_DESK: list[Step] = [
    *(
        f"ALTER TABLE consultation ADD COLUMN {column}"
        for column in (
            # One from a paper tally knows its day and no hour.
            "entry TEXT NOT NULL DEFAULT 'form' CHECK (entry IN ('form', 'rush', 'paper'))",
            "tablet " + _ANSWER,  # which device, by the number its browser was given
            "also " + _ANSWER,  # up to two more topics, one a line
            "visit TEXT NOT NULL DEFAULT 'unknown' CHECK (visit IN ('first', 'again', 'unknown'))",
            "autonomy TEXT NOT NULL DEFAULT 'unknown'",
            "device TEXT NOT NULL DEFAULT 'unknown'",
            "procedure_id " + _ANSWER,
            "handed_to " + _ANSWER,
            "tried " + _ANSWER,  # one a line
            "follows " + _ANSWER,  # the code of the card they came with
            "written_at TEXT",  # when one from paper was entered; others were at logged_at
            # A correction is a row that stands for another one, which stays.
            "corrects TEXT",
            "corrected_at TEXT",
            "corrected_by TEXT REFERENCES person (id)",
            "reason " + _ANSWER,
            "withdrawn " + _FLAG.format("withdrawn"),
        )
    ),
    # One row is corrected by one: corrections make a line and no fork.
    "CREATE UNIQUE INDEX consultation_corrects ON consultation (corrects)",
    "CREATE VIEW consultation_now AS SELECT c.* FROM consultation c WHERE c.withdrawn = 0 "
    "AND NOT EXISTS (SELECT 1 FROM consultation n WHERE n.corrects = c.id)",
    # A card without a name: who comes with this code is expected by a day.
    "CREATE TABLE follow_up (code TEXT PRIMARY KEY, consultation_id TEXT NOT NULL UNIQUE "
    "REFERENCES consultation (id), due_on TEXT NOT NULL, made_at TEXT NOT NULL, "
    "made_by TEXT NOT NULL REFERENCES person (id), closed_at TEXT, "
    "closed_by TEXT REFERENCES person (id), "
    f"outcome TEXT CHECK (outcome IN ('came', 'done', 'dropped')), {_TRIAL}, "
    "CHECK ((closed_at IS NULL) = (outcome IS NULL)))",
    "CREATE INDEX follow_up_due ON follow_up (due_on)",
    # A form in the making, one for each device, person and form (JSON).
    "CREATE TABLE draft (person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE, "
    "device TEXT NOT NULL, form TEXT NOT NULL, contents TEXT NOT NULL, saved_at TEXT NOT NULL, "
    "PRIMARY KEY (person_id, device, form))",
    # A number of somebody was typed and refused: when, where and of what kind, nothing else.
    "CREATE TABLE incident (id TEXT PRIMARY KEY, at TEXT NOT NULL, place TEXT NOT NULL, "
    f"kind TEXT NOT NULL, {_TRIAL})",
    "CREATE INDEX incident_at ON incident (at)",
    Frozen("incident"),
    # A procedure as staff want it (YAML). It counts once a second person has approved it.
    # `based_on` is what counted when it was begun: the id of a version, a file, or nothing.
    "CREATE TABLE procedure_version (id TEXT PRIMARY KEY, procedure_id TEXT NOT NULL, "
    "contents TEXT NOT NULL, based_on TEXT NOT NULL, reason TEXT NOT NULL, "
    "made_at TEXT NOT NULL, "
    "made_by TEXT NOT NULL REFERENCES person (id), decided_at TEXT, "
    "decided_by TEXT REFERENCES person (id), "
    "decision TEXT CHECK (decision IN ('approved', 'declined', 'taken_back')), "
    f"{_TRIAL}, CHECK ((decided_at IS NULL) = (decision IS NULL)), "
    "CHECK ((decided_at IS NULL) = (decided_by IS NULL)), "
    "CHECK (decision IS NULL OR decision <> 'approved' OR decided_by <> made_by))",
    "CREATE INDEX procedure_version_of ON procedure_version (procedure_id, made_at)",
    # What counts makes a line and no fork: of two made from the same, one is approved.
    "CREATE UNIQUE INDEX procedure_version_line ON procedure_version (procedure_id, based_on) "
    "WHERE decision = 'approved'",
    Decided("procedure_version"),
    # What people looked for and did not find, by day.
    "CREATE TABLE guide_miss (words TEXT NOT NULL, day TEXT NOT NULL, "
    f"count INTEGER NOT NULL CHECK (count >= 1), closed_at TEXT, {_TRIAL}, "
    "PRIMARY KEY (words, day))",
]

# Underserved neighbourhoods: what was done about them, and who could not come to a class and why.
GAPS: list[Step] = [
    # Something the city did for some neighbourhoods from a day on; `about` is the id of the
    # series, class, desk or Wi-Fi spot it is, where it is one.
    "CREATE TABLE gap_action (id TEXT PRIMARY KEY, "
    "kind TEXT NOT NULL CHECK (kind IN ('class', 'desk', 'wifi', 'outreach')), "
    "title TEXT NOT NULL, about TEXT NOT NULL, note TEXT NOT NULL, starts_on TEXT NOT NULL, "
    "made_at TEXT NOT NULL, made_by TEXT NOT NULL REFERENCES person (id), withdrawn_at TEXT, "
    f"withdrawn_by TEXT REFERENCES person (id), {_TRIAL}, "
    "CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)))",
    "CREATE TABLE gap_action_town (action_id TEXT NOT NULL REFERENCES gap_action (id) "
    "ON DELETE CASCADE, town_id TEXT NOT NULL REFERENCES town (id), "
    "PRIMARY KEY (action_id, town_id))",
    # Somebody would have liked to come to a class and could not; no name, no number.
    "CREATE TABLE turned_down (id TEXT PRIMARY KEY, at TEXT NOT NULL, "
    "class_id TEXT NOT NULL REFERENCES class (id) ON DELETE CASCADE, "
    "town_id TEXT REFERENCES town (id), "
    "why TEXT NOT NULL CHECK (why IN ('far', 'time', 'full')), "
    f"person_id TEXT NOT NULL REFERENCES person (id), {_TRIAL})",
    "CREATE INDEX turned_down_class ON turned_down (class_id)",
    # 指定緊急避難場所 or 指定避難所: where people go in a disaster.
    f"ALTER TABLE venue ADD COLUMN shelter {_KNOWN.format('shelter')}",
    # What the public was told of a quarter, as it was on the day (JSON).
    "CREATE TABLE use_release (quarter TEXT PRIMARY KEY, contents TEXT NOT NULL, "
    f"made_at TEXT NOT NULL, made_by TEXT NOT NULL REFERENCES person (id), {_TRIAL})",
    Frozen("use_release"),
]

# The order in which a spot was looked at and reported, whatever the clock said then.
CHECKS: list[Step] = ["ALTER TABLE wifi_check ADD COLUMN number INTEGER NOT NULL DEFAULT 0"]

MIGRATIONS: list[tuple[str, list[Step]]] = [
    ("0001_facts", FACTS),
    ("0002_people", PEOPLE),
    ("0003_classes", CLASSES),
    ("0004_consultations", CONSULTATIONS),
    ("0005_desk", DESK),
    ("0006_feeds", FEEDS),
    ("0007_wifi", WIFI),
    ("0008_help_desk", HELP_DESK),
    ("0009_gaps", GAPS),
    ("0010_safety", SAFETY),
    ("0011_retention", LEAVING),
    ("0012_checks_in_order", CHECKS),
    ("0013_chores", CHORES),
]


def statements(steps: list[Step], engine: str) -> list[str]:
    """The SQL of a migration for one engine ("sqlite" or "postgres")."""
    return [
        sql for step in steps for sql in ([step] if isinstance(step, str) else step.sql(engine))
    ]
