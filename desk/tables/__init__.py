"""Tables (表): classes and instructors as CSV, out and in again.

`cells` reads what people write in a cell, `sheet` the file around it, `names` finds things by
their names, `plan` rehearses and carries out; `classes` and `instructors` know their columns.
"""

from desk.tables.class_rows import COLUMNS as CLASS_COLUMNS
from desk.tables.classes import classes_csv, classes_lost, import_classes, plan_classes
from desk.tables.instructors import COLUMNS as INSTRUCTOR_COLUMNS
from desk.tables.instructors import (
    import_instructors,
    instructors_csv,
    instructors_lost,
    plan_instructors,
)
from desk.tables.plan import CHANGED, NEW, REFUSED, SAME, Change, ImportPlan, Line
from desk.tables.sheet import ENCODINGS, Export

__all__ = [
    "CHANGED",
    "CLASS_COLUMNS",
    "ENCODINGS",
    "INSTRUCTOR_COLUMNS",
    "NEW",
    "REFUSED",
    "SAME",
    "Change",
    "Export",
    "ImportPlan",
    "Line",
    "classes_csv",
    "classes_lost",
    "import_classes",
    "import_instructors",
    "instructors_csv",
    "instructors_lost",
    "plan_classes",
    "plan_instructors",
]
