"""The month builder: from wished classes to a timetable that keeps every rule.

Pure: frozen records in, frozen records out; no store, no screen. `desk.timetable.model` is not
imported here, for it loads the solver, which whoever only opens the desk should not wait for.
"""

from desk.timetable.problem import (
    Block,
    Constraint,
    Meeting,
    Plan,
    Problem,
    Progress,
    Room,
    Span,
    Teacher,
    Wish,
)

__all__ = [
    "Block",
    "Constraint",
    "Meeting",
    "Plan",
    "Problem",
    "Progress",
    "Room",
    "Span",
    "Teacher",
    "Wish",
]
