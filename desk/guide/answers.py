"""Answering searches without a hit: the words become a way to ask for a procedure."""

from dataclasses import replace
from datetime import datetime

from desk import forms
from desk.guide import edits, misses, procedures, writing
from desk.guide.edits import TAKEN_BACK, Version
from desk.people import Actor, require
from desk.refusals import N_

_WHY = "さがして見つからなかった言葉："  # a reason is written in the language of the desk


def answer(
    actor: Actor, words: str, procedure_id: str, *, version_id: str, now: datetime
) -> Version:
    """Propose that a procedure is asked for in these words too; the search is answered then.

    What the person proposed for it before, and nobody decided yet, goes into the proposal, so
    that the words of a whole list make one.

    Raises:
        Refused: `procedure_unknown`, `proposal_same` when it is asked for so already, or what
            `desk.my_number` finds in the words.
    """
    require(actor, "edit_guide")
    words = forms.text(words, label=N_("Words"), field="words", most=misses.MOST_LETTERS)
    one, reason = procedures.get(procedure_id), f"{_WHY}{words}"
    before = next(
        (
            made
            for made in reversed(edits.waiting(actor))
            if made.procedure_id == procedure_id and made.maker_id == actor.id and not made.stale
        ),
        None,
    )
    if before:
        one = procedures.read(before.contents)
        if words in one.said:
            misses.close(actor, words, now)
            return before
        reason = f"{before.reason}、{words}"[: edits.REASON_MOST]
    said = tuple(dict.fromkeys((*one.said, words)))
    made = edits.propose(
        actor,
        id=version_id,
        contents=writing.write(replace(one, said=said)),
        reason=reason,
        now=now,
    )
    if before:
        edits.decide(actor, before.id, TAKEN_BACK, now)
    misses.close(actor, words, now)
    return made
