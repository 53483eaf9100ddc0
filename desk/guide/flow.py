"""Flows: at most three yes/no questions, then where it can be done."""

from collections.abc import Iterator
from dataclasses import dataclass

from desk.guide.procedures import Outcome, Procedure, Question
from desk.guide.questions import QUESTIONS, Asked

__all__ = ["QUESTIONS", "Asked", "Path", "paths", "step"]


@dataclass(frozen=True)
class Path:
    """One way through a flow: the keys asked with the answers given, and where it ends."""

    asked: tuple[tuple[str, bool], ...]
    outcome: Outcome


def step(procedure: Procedure, answers: tuple[bool, ...]) -> Question | Outcome:
    """What comes after these answers: the next question, or the end.

    Answers given beyond the end of the flow change nothing.
    """
    node = procedure.flow
    for answer in answers:
        if isinstance(node, Outcome):
            break
        node = node.yes if answer else node.no
    return node


def paths(procedure: Procedure) -> tuple[Path, ...]:
    """Every way through a procedure's flow, yes before no."""
    return tuple(_paths(procedure.flow, ()))


def _paths(node: Question | Outcome, asked: tuple[tuple[str, bool], ...]) -> Iterator[Path]:
    if isinstance(node, Outcome):
        yield Path(asked, node)
    else:
        yield from _paths(node.yes, (*asked, (node.ask, True)))
        yield from _paths(node.no, (*asked, (node.ask, False)))
