"""Procedures as files of YAML: out as they count now, in as proposals, all of them or none."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk import forms, store
from desk.exports import let_out
from desk.guide import edits, procedures, writing
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.tables.sheet import Export

MOST_FILES = 60
NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


@dataclass(frozen=True)
class File:
    """A file somebody brought: what it would do, and why it cannot."""

    name: str
    outcome: str
    procedure_id: str = ""
    title: str = ""
    contents: str = ""
    refusal: Refused | None = None


def export(actor: Actor, procedure_id: str, *, now: datetime) -> Export:
    """A procedure that counts now as a file of data/procedures (UTF-8, `<id>.yaml`).

    Raises:
        NotAllowed: `prove_again`.
        Refused: `procedure_unknown`.
    """
    require(actor, "edit_guide")
    let_out(actor, "guide.files.export", now=now, procedure=procedure_id)
    return Export(writing.write(procedures.get(procedure_id)).encode(), 0)


def look(actor: Actor, files: Sequence[tuple[str, bytes]]) -> tuple[File, ...]:
    """What files would do, nothing being written: each is new, changed, the same or wrong.

    Raises:
        Refused: `procedure_files` when there are too many.
    """
    require(actor, "edit_guide")
    if len(files) > MOST_FILES:
        raise Refused("procedure_files", most=MOST_FILES)
    known, found = procedures.all_procedures(), list[File]()
    for name, content in files:
        try:
            one = edits.checked(_text(content), lines=True)
            if any(one.id == other.procedure_id for other in found):
                raise Refused("procedure_twice", procedure=one.id)
        except Refused as refusal:
            found.append(File(name, WRONG, refusal=refusal))
            continue
        counts = known.get(one.id)
        outcome = NEW if counts is None else SAME if counts == one else CHANGED
        found.append(File(name, outcome, one.id, one.title, writing.write(one)))
    return tuple(found)


def propose_all(
    actor: Actor,
    files: Sequence[tuple[str, bytes]],
    *,
    id: str,
    reason: str,
    now: datetime,
) -> tuple[File, ...]:
    """Propose what is new or changed of the files: all of it, or nothing when one is wrong.

    The same `id` twice is one proposal of each.

    Raises:
        Refused: `procedure_files_wrong`, or as `look` and `edits.propose`.
    """
    require(actor, "edit_guide")
    reason = forms.text(
        reason, label=N_("Reason"), field="reason", most=edits.REASON_MOST, needed=True
    )
    found = look(actor, files)
    wrong = sum(one.outcome == WRONG for one in found)
    if wrong:
        raise Refused("procedure_files_wrong", count=wrong)
    with store.transaction(by=actor, lock=edits.LOCK) as write:
        for one in found:
            if one.outcome in (NEW, CHANGED):
                edits.put(
                    write,
                    actor,
                    id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{id} {one.procedure_id}")),
                    one=procedures.read(one.contents),
                    reason=reason,
                    now=now,
                    based_on=None,
                )
    return found


def _text(content: bytes) -> str:
    if len(content) > 4 * edits.MOST:
        raise Refused("too_long", field="contents", most=edits.MOST)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("procedure_utf8") from None
