"""Bookings, waitlists, calls and cancellations played against a plain Python model.

At least 10,000 steps a run, most on SQLite, the rest on PostgreSQL. After each step the desk must
show what the model says, and the journal, played again, must find nothing out of order.
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from desk import attendance, booking, changes, journal, schedule, seats, waitlist
from desk.people import Actor
from desk.refusals import Refused
from tests.conftest import booking_form, class_form, person

TRIES, UNDO = 2, timedelta(minutes=10)
OTHER_ROOM = "0421110001-2"
DAYS = itertools.count(30)
STEPS = 100
EXAMPLES = {"sqlite": 44, "postgres": 11}
AT_LEAST = {"sqlite": 8000, "postgres": 2000}
WHICH, WHERE = some.integers(0, 99), some.integers(0, 1)


@dataclass
class Party:
    """What the model knows of one booking."""

    id: str
    party: int
    place: int = 0
    seat: bool = False
    held: bool = False
    held_at: int = 0
    until: datetime | None = None
    tries: int = 0
    told: bool = False
    lapsed: bool = False
    cancelled: datetime | None = None
    cancelled_step: int = 0
    owed: bool = False
    absent: bool = False
    here: bool = False
    moved: tuple[datetime, int, int, bool] | None = None  # when, step, old place, had a seat

    @property
    def waits(self) -> bool:
        return not (self.seat or self.lapsed or self.cancelled or self.absent)


@dataclass
class Room:
    """What the model knows of one class."""

    id: str
    starts_at: datetime
    seats: int
    parties: list[Party] = field(default_factory=list)
    places: int = 0

    @property
    def free(self) -> int:
        return self.seats - sum(one.party for one in self.parties if one.seat)

    def line_up(self, one: Party) -> None:
        self.places += 1
        one.place = self.places
        if one not in self.parties:
            self.parties.append(one)
        one.seat = one.party <= self.free

    def fill(self, now: datetime, step: int) -> None:
        if now >= self.starts_at + timedelta(hours=1):
            return
        for one in sorted(self.parties, key=lambda party: party.place):
            if one.waits and one.party <= self.free:
                one.seat = one.held = True
                one.held_at, one.tries, one.told = step, 0, False
                one.until = self.until(now)

    def until(self, now: datetime) -> datetime:
        if now >= self.starts_at:
            return self.starts_at + timedelta(hours=1)
        # 17:00 in Tokyo is 08:00 UTC; the classes of this test are in the Tokyo afternoon.
        tokyo = now + timedelta(hours=9)
        day = (tokyo + timedelta(days=1)).date()
        return min(datetime.combine(day, time(8), UTC), self.starts_at)

    def lapse(self, now: datetime, step: int) -> None:
        if now >= self.starts_at:
            return
        late = [one for one in self.parties if one.held and one.until and one.until < now]
        for one in sorted(late, key=lambda party: party.place):
            if one.held and (one.tries or one.told):
                one.seat = one.held = False
                one.lapsed = True
                self.fill(now, step)


def some_are(wanted: Callable[[Party], object]) -> Callable[[RuleBasedStateMachine], bool]:
    """A precondition: either class has such a party."""
    return lambda desk: any(wanted(one) for room in desk.rooms for one in room.parties)


class Desk(RuleBasedStateMachine):
    """One class with a waitlist, another to move to, a clock that goes on."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        day = (datetime(2026, 11, 24) + timedelta(days=next(DAYS))).date()
        self.staff: Actor = person("staff")
        self.now = datetime.combine(day, time(5), UTC) - timedelta(days=1)
        self.step = 0
        self.rooms = [self._class(day, "0421110001-1", 3), self._class(day, OTHER_ROOM, 2)]

    def _class(self, day: datetime, room: str, count: int) -> Room:
        form = class_form(day=day, room_id=room, seats=count)
        made = schedule.create(self.staff, id=str(uuid.uuid4()), form=form, now=self.now)
        return Room(made.id, made.starts_at, count)

    def over(self, room: Room) -> bool:
        return self.now >= room.starts_at + timedelta(hours=1)

    def pick(
        self, which: int, wanted: Callable[[Party], object] = lambda _one: True
    ) -> tuple[Room, Party]:
        """One of the parties that are so, and its class."""
        found = [(room, one) for room in self.rooms for one in room.parties if wanted(one)]
        return found[which % len(found)]

    def refused(self, action: Callable[[], object]) -> str:
        try:
            action()
        except Refused as refusal:
            return refusal.code
        return ""

    @rule(party=some.integers(1, 2), where=WHERE, again=some.booleans())
    def book(self, party: int, where: int, again: bool) -> None:
        room, one = self.rooms[where], Party(str(uuid.uuid4()), party)
        form = booking_form(room.id, party=party)
        code = self.refused(
            lambda: [
                booking.book(self.staff, id=one.id, form=form, now=self.now)
                for _ in range(1 + again)
            ]
        )
        if self.over(room):
            assert code == "class_past"
        elif party > room.seats:
            assert code == "party_too_large"
        else:
            assert code == ""
            room.lapse(self.now, self.step)
            room.line_up(one)
        self.check(form)

    def check(self, form: booking.BookingForm | None = None) -> None:
        """The desk shows what the model says; the same person twice is refused."""
        Desk.steps += 1
        self.step += 1
        if form and not self.over(next(one for one in self.rooms if one.id == form.class_id)):
            again = self.refused(
                lambda: booking.book(self.staff, id=str(uuid.uuid4()), form=form, now=self.now)
            )
            assert again in ("already_booked", "party_too_large")
        for room in self.rooms:
            shown = {
                one.id: (one.seats, one.held_until is not None, one.lapsed_at is not None)
                for one in booking.roster(self.staff, class_id=room.id)
            }
            assert shown == {
                one.id: (one.party if one.seat else 0, one.held, one.lapsed)
                for one in room.parties
                if not one.cancelled
            }
            assert room.free >= 0
            lines = journal.of_class(self.staff, class_id=room.id)
            assert seats.out_of_order(lines) == []
            if not self.over(room):
                assert not any(one.waits and one.party <= room.free for one in room.parties)

    @precondition(some_are(lambda _one: True))
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        room, one = self.pick(which)
        code = self.refused(lambda: changes.cancel(self.staff, booking_id=one.id, now=self.now))
        if not one.cancelled:
            assert code == ("class_past" if self.over(room) else "")
            if not code:
                one.cancelled, one.cancelled_step, one.owed = self.now, self.step, one.seat
                one.seat = one.held = False
                room.fill(self.now, self.step)
        self.check()

    @precondition(some_are(lambda one: one.cancelled))
    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        room, one = self.pick(which, lambda one: one.cancelled)
        code = self.refused(lambda: changes.undo(self.staff, booking_id=one.id, now=self.now))
        assert one.cancelled is not None
        if self.now - one.cancelled > UNDO:
            assert code == "undo_late"
        elif self.over(room):
            assert code == "class_past"
        else:
            assert code == ""
            back, missing = self.owed_by(room, one, one.cancelled_step)
            one.cancelled = None
            if one.owed and missing <= 0:
                for other in back:
                    other.seat = other.held = False
                one.seat = True
            room.fill(self.now, self.step)
        self.check()

    @precondition(some_are(lambda one: one.held))
    @rule(which=WHICH, said=some.sampled_from(list(waitlist.ANSWERS)))
    def answer(self, which: int, said: str) -> None:
        room, one = self.pick(which, lambda one: one.held)
        code = self.refused(
            lambda: waitlist.answer(self.staff, booking_id=one.id, answer=said, now=self.now)
        )
        assert code == ("class_past" if self.over(room) else "")
        if code:
            pass
        elif said == "comes":
            one.held = False
        elif said == "told":
            one.told = True
        elif said == "declines":
            one.cancelled, one.cancelled_step, one.owed = self.now, self.step, True
            one.seat = one.held = False
            room.fill(self.now, self.step)
        else:
            one.tries += 1
            if one.tries >= TRIES:
                one.seat = one.held = False
                one.lapsed = True
                room.fill(self.now, self.step)
        self.check()

    @precondition(some_are(lambda one: one.lapsed and not one.cancelled))
    @rule(which=WHICH)
    def rejoin(self, which: int) -> None:
        room, one = self.pick(which, lambda one: one.lapsed and not one.cancelled)
        code = self.refused(lambda: waitlist.rejoin(self.staff, booking_id=one.id, now=self.now))
        assert code == ("class_past" if self.over(room) else "")
        if not code:
            one.lapsed = False
            room.line_up(one)
        self.check()

    @rule(where=WHERE, count=some.integers(1, 6))
    def resize(self, where: int, count: int) -> None:
        room = self.rooms[where]
        found = schedule.get(room.id)
        told = schedule.losing(self.staff, class_ids=(room.id,), count=count)
        losing = tuple(id for one in told for id in one.people)
        form = replace(schedule.form_of(found), seats=count, reason="test", losing=losing)
        code = self.refused(
            lambda: schedule.change(
                self.staff, class_id=room.id, version=found.version, form=form, now=self.now
            )
        )
        here = sum(one.party for one in room.parties if one.seat and one.here)
        assert code == (
            "class_in_past" if self.over(room) else "seats_in_use" if here > count else ""
        )
        if code:
            self.check()
            return
        for one in sorted(room.parties, key=lambda party: -party.place):
            if sum(p.party for p in room.parties if p.seat) <= count:
                break
            if one.seat and not one.here:
                one.seat = one.held = False
        room.seats = count
        room.fill(self.now, self.step)
        self.check()

    @precondition(lambda desk: desk.rooms[0].parties)
    @rule(which=WHICH)
    def move(self, which: int) -> None:
        source, target = self.rooms
        one = source.parties[which % len(source.parties)]
        code = self.refused(
            lambda: changes.move(self.staff, booking_id=one.id, class_id=target.id, now=self.now)
        )
        if one.cancelled:
            assert code == "booking_cancelled"
        elif self.over(source):
            assert code == "class_past"
        else:
            target.lapse(self.now, self.step)
            if code == "move_full":
                # Nothing was written, the lapse neither: the next step of the desk repeats it.
                assert one.party > target.free
                waitlist.lapse_all(self.staff, now=self.now)
                source.lapse(self.now, self.step)
            else:
                assert code == ""
                source.parties.remove(one)
                back = None if one.lapsed or one.absent else (one.place, one.seat)
                one.moved = (self.now, self.step, *back) if back else None
                one.seat = one.held = one.lapsed = one.absent = one.here = False
                source.fill(self.now, self.step)
                target.line_up(one)
                assert one.seat
        self.check()

    @precondition(lambda desk: any(one.moved for one in desk.rooms[1].parties))
    @rule(which=WHICH)
    def undo_move(self, which: int) -> None:
        source, target = self.rooms
        moved = [one for one in target.parties if one.moved]
        one = moved[which % len(moved)]
        assert one.moved is not None
        if one.cancelled:
            return
        at, step, place, owed = one.moved
        code = self.refused(lambda: changes.undo(self.staff, booking_id=one.id, now=self.now))
        back, missing = self.owed_by(source, one, step)
        if self.now - at > UNDO:
            assert code == "undo_late"
        elif self.over(source):
            assert code == "class_past"
        elif owed and missing > 0:
            assert code == "undo_gone"
        else:
            assert code == ""
            target.parties.remove(one)
            one.seat = one.held = one.lapsed = one.absent = one.here = False
            one.moved = None
            target.fill(self.now, self.step)
            for other in back if owed else ():
                other.seat = other.held = False
            one.place, one.seat = place, owed
            source.parties.append(one)
            source.fill(self.now, self.step)
        self.check()

    @staticmethod
    def owed_by(room: Room, one: Party, step: int) -> tuple[list[Party], int]:
        """Who gives a seat back to whom it was taken from at a step, and how many are missing."""
        missing, back = one.party - room.free, []
        for other in sorted(room.parties, key=lambda party: -party.place):
            untold = other.held and other.held_at >= step and not (other.tries or other.told)
            if untold and missing > 0:
                back.append(other)
                missing -= other.party
        return back, missing

    @precondition(some_are(lambda _one: True))
    @rule(which=WHICH)
    def come(self, which: int) -> None:
        room, one = self.pick(which)
        code = self.refused(
            lambda: attendance.check_in(self.staff, booking_id=one.id, now=self.now)
        )
        if (self.now + timedelta(hours=9)).date() != (room.starts_at + timedelta(hours=9)).date():
            assert code == "not_today"
        elif one.cancelled:
            assert code == "booking_cancelled"
        elif one.absent and one.party > room.free:
            assert code == "seat_gone"
        elif not one.absent and not one.seat:
            assert code == "booking_waits"
        else:
            assert code == ""
            one.absent, one.seat, one.here, one.held = False, True, True, False
        self.check()

    @precondition(lambda self: self.now >= self.rooms[0].starts_at)
    @rule(where=WHERE)
    def release(self, where: int) -> None:
        room = self.rooms[where]
        attendance.release_no_shows(self.staff, class_id=room.id, now=self.now)
        for one in room.parties:
            promised = one.held and one.until and one.until > self.now
            if one.seat and not one.here and not promised:
                one.seat = one.held = False
                one.absent = True
        room.fill(self.now, self.step)
        self.check()

    @rule(minutes=some.sampled_from((1, 4, 9, 60, 300, 500)))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        waitlist.lapse_all(self.staff, now=self.now)
        for room in self.rooms:
            room.lapse(self.now, self.step)
        self.check()


@pytest.mark.usefixtures("city")
def test_the_desk_does_what_the_model_says(city: str) -> None:
    Desk.steps = 0
    # Some plays end early; go on until there were enough steps.
    while Desk.steps < AT_LEAST[city]:
        play(EXAMPLES[city])


def play(examples: int) -> None:
    """So many games, each from other dice."""
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            derandomize=False,
            database=None,
            stateful_step_count=STEPS,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("city")
def test_a_journal_that_was_not_in_order_is_found_out() -> None:
    """The proof can fail: each kind of unfairness is seen."""

    def line(n: int, kind: str, who: str = "", amount: int = 0) -> journal.Event:
        return journal.Event("K", n, kind, who, amount, datetime(2026, 11, 24, tzinfo=UTC), "", "")

    begin = [line(1, "resized", amount=1), line(2, "booked", "a", 1), line(3, "seated", "a", 1)]
    waiting = [line(4, "booked", "b", 1), line(5, "booked", "c", 1)]
    freed = [line(6, "cancelled", "a")]
    assert seats.out_of_order([*begin, *waiting, *freed, line(7, "held", "b", 1)]) == []
    assert seats.out_of_order([*begin, *waiting, *freed, line(7, "held", "c", 1)]) == [7]
    assert seats.out_of_order([*begin, *waiting, line(7, "held", "b", 1)]) == [7]
    split = [*begin, line(4, "booked", "b", 2), *freed, line(7, "held", "b", 1)]
    assert seats.out_of_order(split) == [7]
    # What more would be unfair, each after the same beginning.
    kept = [*begin, *waiting, *freed, line(7, "held", "b", 1)]
    for more in (
        [line(8, "lapsed", "b")],  # nobody tried
        [line(8, "called", "b"), line(9, "taken_back", "b")],  # they know of it
        [line(8, "accepted", "b"), line(9, "taken_back", "b")],
        [line(8, "held", "b", 1)],  # twice
        [line(8, "restored", "a", 1)],  # it is given already
        [line(8, "resized", amount=0)],
        [line(8, "resized", amount=2), line(9, "restored", "a", 2)],
        [line(8, "resized", amount=2), line(9, "restored", "d", 1)],
        [line(8, "declined", "b"), line(9, "seated", "a", 1)],  # who went waits not
        [line(8, "declined", "b"), line(9, "let_in", "c", 2)],
    ):
        assert seats.out_of_order([*kept, *more]) == [more[-1].number]
    for more in (
        [line(8, "taken_back", "b"), line(9, "restored", "a", 1)],
        [line(8, "told", "b"), line(9, "lapsed", "b"), line(10, "held", "c", 1)],
        [line(8, "declined", "b"), line(9, "let_in", "c", 1)],
    ):
        assert seats.out_of_order([*kept, *more]) == []


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        # Whoever is unknown or sits already gets no seat; whoever has none loses none.
        ("resized:1 let_in:x:1", [2]),
        ("resized:2 booked:a:1 seated:a:1 booked:a:1", [4]),
        ("resized:1 booked:a:1 unseated:a", [3]),
        ("booked:a:1 seated:a:1", [2]),
        ("resized:1 booked:a:1 seated:a:1 booked:b:1 let_in:b:1", [5]),
        ("resized:1 booked:a:1 seated:a:1 lapsed:a", [4]),
        ("resized:1 booked:a:1 cancelled:a restored:a:1", [4]),
        ("resized:1 booked:a:1 seated:a:1 resized:1", []),
        ("resized:1 booked:a:1 seated:a:1 unseated:a resized:0", []),
        ("resized:1 booked:a:1 seated:a:1 taken_back:a", [4]),
        ("resized:1 booked:a:1 held:a:1 told:a unseated:a", []),
        # A try counts for one turn only.
        ("resized:1 booked:a:1 held:a:1 told:a unseated:a lapsed:a", [6]),
        ("resized:1 booked:a:1 held:a:1 told:a declined:a rejoined:a:1 seated:a:1 lapsed:a", [8]),
        # Who went, came in or got a seat back waits no more; who was put back, at the old place.
        (
            "resized:1 booked:a:1 seated:a:1 booked:b:1 booked:c:1 "
            "cancelled:b cancelled:a held:c:1",
            [],
        ),
        ("resized:3 booked:a:1 let_in:a:1 booked:b:1 seated:b:1", []),
        (
            "resized:2 booked:a:1 seated:a:1 declined:a rejoined:a:1 restored:a:1 "
            "booked:b:1 seated:b:1",
            [],
        ),
        ("resized:1 booked:a:1 booked:b:1 cancelled:a restored:a seated:b:1", [6]),
        ("resized:1 booked:a:1 booked:b:1 cancelled:a restored:a seated:a:1", []),
        ("resized:1 booked:a:1 seated:a:1 booked:b:1 unseated:a seated:b:1", [6]),
        # A small party may pass a large one that does not fit, and no other.
        ("resized:1 booked:a:2 booked:b:1 seated:b:1", []),
        ("resized:2 booked:a:2 booked:b:1 seated:b:1", [4]),
    ],
)
def test_what_is_fair_line_by_line(told: str, wrong: list[int]) -> None:
    """`told`: what happened to whom, and of how many seats."""
    events = []
    for number, line in enumerate(told.split(), 1):
        kind, *rest = line.split(":")
        who = next((part for part in rest if part.isalpha()), "")
        amount = next((int(part) for part in rest if part.isdigit()), 0)
        at = datetime(2026, 11, 24, tzinfo=UTC)
        events.append(journal.Event("K", number, kind, who, amount, at, "", ""))
    assert seats.out_of_order(events) == wrong
