"""公共施設一覧: rows as venues."""

from desk.opendata import parts, repair
from desk.opendata.draft import Draft


def read(draft: Draft) -> None:
    """Fill the record of a row.

    Raises:
        Refused: when it is no facility of this city, or cannot be placed.
    """
    parts.head(draft, {one.id for one in draft.plan.city.venues})
    draft.take_text("kind")
    parts.place(draft)
    parts.hours(draft)
    for field in ("barrier_free", "note"):
        draft.take_text(field, repair.lines)
    parts.ours(draft)
