"""What a month's timetable is made from, and what comes out.

Every time is in whole minutes since midnight (Tokyo) of `Problem.first_day`; spans are half open.
A week is Monday to Sunday by the calendar. A class ends on the day it begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

DAY = 24 * 60


@dataclass(frozen=True, order=True)
class Span:
    """From the minute `start` to before the minute `end`; `venue_id` where that is known.

    Raises:
        ValueError: when it is empty or runs backwards.
    """

    start: int
    end: int
    venue_id: str = ""

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"span {self.start}-{self.end}")

    def meets(self, start: int, end: int) -> bool:
        """Whether it shares a minute with start–end."""
        return self.start < end and start < self.end


@dataclass(frozen=True)
class Room:
    """A room of a venue and how many learners it seats."""

    id: str
    venue_id: str
    seats: int


@dataclass(frozen=True)
class Teacher:
    """Somebody who can teach.

    `trained`: may lead a class (a trained lecturer); only one that begins in `trained_in` where
    their training begins or runs out within the month. `skills`: the course ids they can teach,
    None for every course. `free`: when they can come; spans that touch are one. `per_week`: the
    most classes a calendar week, those of `Problem.taken` included.
    """

    id: str
    trained: bool
    skills: frozenset[str] | None
    free: tuple[Span, ...]
    per_week: int
    trained_in: Span | None = None

    def leads(self, minute: int) -> bool:
        """Whether they may lead a class that begins then."""
        return self.trained and (
            self.trained_in is None or self.trained_in.meets(minute, minute + 1)
        )

    def can(self, course_id: str) -> bool:
        """Whether they have the skill of a course."""
        return self.skills is None or course_id in self.skills


@dataclass(frozen=True)
class Wish:
    """One class to place: its length in minutes, learners expected and loaner tablets needed."""

    id: str
    course_id: str
    venue_id: str
    minutes: int
    learners: int
    devices: int


@dataclass(frozen=True)
class Meeting:
    """A wish with its room, its first minute and who teaches."""

    wish_id: str
    room_id: str
    starts: int
    teacher_ids: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A month to plan.

    `open`: opening hours by venue; a venue that is missing is closed. `starts`: minutes of the day
    at which a class may begin. `devices`: loaner tablets in the city; each returns home between
    classes. `device_pad`: by venue, the minutes before and after a class that its tablets are away
    (way and set-up); missing is none. `travel`: a teacher's minutes from one venue to another on
    one day; missing is none, as for the same venue. `taken`: what classes outside this proposal
    use, by "room:<id>" or "teacher:<id>"; a teacher's span with a venue keeps the way to it free,
    and each counts as a class of its week, so the days of the first and last week that lie outside
    the month belong to it. `taken_devices`: tablets in use
    outside this proposal. `locked`: meetings that stay exactly as they are, even where one breaks
    a rule. `previous`: the last plan, to stay close to.

    Raises:
        ValueError: for ids that appear twice, a locked meeting of an unknown wish, or a number
            out of range.
    """

    first_day: date
    days: int
    rooms: tuple[Room, ...]
    teachers: tuple[Teacher, ...]
    wishes: tuple[Wish, ...]
    open: Mapping[str, tuple[Span, ...]]
    starts: tuple[int, ...]
    devices: int
    device_pad: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    learners_per_teacher: int = 4
    travel: Mapping[tuple[str, str], int] = field(default_factory=dict)
    taken: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    taken_devices: tuple[tuple[Span, int], ...] = ()
    locked: tuple[Meeting, ...] = ()
    previous: tuple[Meeting, ...] = ()

    def __post_init__(self) -> None:
        for kind, ids in (
            ("room", [room.id for room in self.rooms]),
            ("teacher", [teacher.id for teacher in self.teachers]),
            ("wish", [wish.id for wish in self.wishes]),
            ("locked", [meeting.wish_id for meeting in self.locked]),
            ("previous", [meeting.wish_id for meeting in self.previous]),
        ):
            if len(ids) != len(set(ids)):
                raise ValueError(f"{kind} twice")
        if not {meeting.wish_id for meeting in self.locked} <= set(self.wish):
            raise ValueError("locked unknown")
        if any(w.minutes < 1 or w.learners < 1 or w.devices < 0 for w in self.wishes):
            raise ValueError("wish")
        if any(not 0 <= clock < DAY for clock in self.starts):
            raise ValueError("starts")
        if self.days < 1 or self.devices < 0 or self.learners_per_teacher < 1:
            raise ValueError("range")

    @cached_property
    def wish(self) -> dict[str, Wish]:
        """The wishes by id."""
        return {wish.id: wish for wish in self.wishes}

    @cached_property
    def teacher(self) -> dict[str, Teacher]:
        """The teachers by id."""
        return {teacher.id: teacher for teacher in self.teachers}

    @cached_property
    def before(self) -> dict[str, Meeting]:
        """The last plan by wish, wishes that are gone left out."""
        return {one.wish_id: one for one in self.previous if one.wish_id in self.wish}

    @cached_property
    def fixed(self) -> dict[str, Meeting]:
        """The locked meetings by wish."""
        return {meeting.wish_id: meeting for meeting in self.locked}

    def week(self, minute: int) -> int:
        """The calendar week of a minute; 0 is the week of the first day."""
        return (self.first_day.weekday() + minute // DAY) // 7

    def need(self, wish: Wish) -> int:
        """How many teachers a class must have."""
        return -(-wish.learners // self.learners_per_teacher)

    def way(self, one: str, other: str) -> int:
        """Minutes of a teacher's way from a venue to another."""
        return 0 if one == other else self.travel.get((one, other), 0)


class Constraint(StrEnum):
    """What can stand in the way of a class, each as something that could be added."""

    TRAINED_LECTURER = "trained_lecturer"  # somebody trained, with the skill, free
    TEACHERS = "teachers"  # more helpers with the skill, free
    ROOM = "room"  # a free room with enough seats
    DEVICES = "devices"  # loaner tablets
    HOURS = "hours"  # opening hours of the venue


@dataclass(frozen=True)
class Block:
    """Why a wish has no place. `alone`: with just this added it could be placed; else with all
    the blocks of the wish together.
    """

    wish_id: str
    constraint: Constraint
    alone: bool = True


@dataclass(frozen=True)
class Plan:
    """A proposal. `penalty` is by `desk.timetable.penalty`, `bound` what no plan's penalty
    can be below. `certain`: it is proven that no plan places more wishes. `blocks`: at most three
    for each wish without a place.
    """

    meetings: tuple[Meeting, ...]
    unplaced: tuple[str, ...]
    penalty: int
    bound: int
    blocks: tuple[Block, ...] = ()
    certain: bool = False

    @property
    def gap(self) -> float:
        """How far the penalty can at most be from the best there is, in percent of itself."""
        return 100 * (self.penalty - self.bound) / max(1, self.penalty)


@dataclass(frozen=True)
class Progress:
    """Where a search stands: seconds since its start, the best plan's penalty and number of
    wishes without a place, what no plan's penalty can be below, and that plan itself. `waits`:
    another search is to end before this one goes on; the seconds stand still meanwhile.
    """

    seconds: float
    penalty: int
    bound: int
    unplaced: int
    meetings: tuple[Meeting, ...] = field(repr=False)
    waits: bool = False
