"""Names what stands in the way of a wish without a place.

Something is added for that one wish, one kind at a time, and it is tried whether the wish then has
a place: beside the other classes as they are, else with the others free to move. Only what was
found to help is named; where nothing helps alone, the fewest kinds that help together.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import combinations

from desk.timetable.board import Board
from desk.timetable.demand import demand
from desk.timetable.problem import Block, Constraint, Meeting, Problem

MOST = 3  # named for one wish
Able = Callable[[str, frozenset[Constraint]], bool]


def name(problem: Problem, meetings: Iterable[Meeting], able: Able) -> tuple[Block, ...]:
    """The blocks of every wish that is not in `meetings`, at most three for each.

    `able(wish_id, added)` says whether that wish and all those placed could be placed together,
    were `added` there for it; it may say False when it does not know. A wish that no three kinds
    together would help has none named.
    """
    board = Board(problem, meetings)
    missing = [wish.id for wish in problem.wishes if wish.id not in board.meetings]
    return tuple(block for wish_id in missing for block in _of(board, wish_id, able))


def _of(board: Board, wish_id: str, able: Able) -> list[Block]:
    for helps in (partial(_beside, board), able):
        alone = [one for one in Constraint if helps(wish_id, frozenset({one}))]
        if Constraint.TEACHERS in alone and Constraint.TRAINED_LECTURER in alone:
            # Helpers would do, so what lacks is not the lecturer's training.
            alone.remove(Constraint.TRAINED_LECTURER)
        if alone:
            return [Block(wish_id, one) for one in alone[:MOST]]
    for count in range(2, MOST + 1):
        for together in combinations(Constraint, count):
            if _beside(board, wish_id, frozenset(together)):
                return [Block(wish_id, one, alone=False) for one in together]
    return []


def _beside(board: Board, wish_id: str, added: frozenset[Constraint]) -> bool:
    """Whether a wish fits somewhere beside the meetings on the board."""
    want = demand(board.problem, board.problem.wish[wish_id], added)
    return any(board.fits(want, start) for start in want.starts)
