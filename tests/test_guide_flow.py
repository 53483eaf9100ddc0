"""Flows: every path of every procedure ends, in three questions at most, where it can be done."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from desk.guide import flow, procedures
from desk.guide.procedures import NO, YES, Outcome, Procedure, Question
from desk.guide.questions import QUESTIONS

GOLDEN = Path(__file__).parent / "golden" / "flows.yaml"
PROCEDURES = procedures.in_folder(procedures.FOLDER)


def in_words(path: flow.Path) -> str:
    """「card はい・pin4 いいえ → city（…）」."""
    asked = "・".join(f"{key} {YES if answer else NO}" for key, answer in path.asked)
    because = f"（{path.outcome.because}）" if path.outcome.because else ""
    return f"{asked} → {', '.join(path.outcome.go)}{because}"


def walked() -> dict[str, list[str]]:
    return {id: [in_words(path) for path in flow.paths(one)] for id, one in PROCEDURES.items()}


def test_every_path_ends_where_the_golden_file_says() -> None:
    assert walked() == yaml.safe_load(GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize("one", PROCEDURES.values(), ids=list(PROCEDURES))
def test_every_path_asks_at_most_three_questions_and_ends_where_there_is_a_way(
    one: Procedure,
) -> None:
    for path in flow.paths(one):
        assert 1 <= len(path.asked) <= 3
        assert len({key for key, _answer in path.asked}) == len(path.asked)
        assert {key for key, _answer in path.asked} <= set(QUESTIONS)
        assert path.outcome.go
        assert all(one.way(place) for place in path.outcome.go)
        assert set(path.outcome.go) != {procedures.HERE}


@pytest.mark.parametrize("one", PROCEDURES.values(), ids=list(PROCEDURES))
def test_every_way_is_the_end_of_some_path(one: Procedure) -> None:
    reached = {place for path in flow.paths(one) for place in path.outcome.go}
    assert reached == {way.place for way in one.ways}


def test_every_question_is_asked_somewhere() -> None:
    asked = {key for p in PROCEDURES.values() for path in flow.paths(p) for key, _ in path.asked}
    assert asked == set(QUESTIONS)


@given(st.sampled_from(sorted(PROCEDURES)), st.lists(st.booleans(), max_size=6))
def test_a_step_is_a_question_until_the_path_has_ended(id: str, answers: list[bool]) -> None:
    one = PROCEDURES[id]
    reached = flow.step(one, tuple(answers))
    given = tuple(answers)
    ended = [
        path.outcome
        for path in flow.paths(one)
        if tuple(answer for _key, answer in path.asked) == given[: len(path.asked)]
    ]
    assert reached == ended[0] if ended else isinstance(reached, Question)


def test_a_path_is_walked_question_by_question() -> None:
    one = PROCEDURES["konbini-juminhyo"]
    first = flow.step(one, ())
    assert isinstance(first, Question)
    assert first.ask == "card"
    second = flow.step(one, (True,))
    assert isinstance(second, Question)
    assert second.ask == "pin4"
    assert flow.step(one, (True, True)) == Outcome(("store", "city"))
    assert flow.step(one, (False,)) == flow.step(one, (False, True, True))


if __name__ == "__main__":  # python -m tests.test_guide_flow: writes the golden file to look at
    text = yaml.safe_dump(walked(), allow_unicode=True, width=10**6, sort_keys=False)
    GOLDEN.write_text(text, "utf-8")
