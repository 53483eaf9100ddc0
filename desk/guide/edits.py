"""How procedures are edited: somebody proposes, somebody else decides, nothing is ever lost.

A version is a whole procedure as YAML. It counts from the moment a second person approves it. It
knows what it was made from (`based_on`: the version that counted, or the file), so that of two
proposals made from the same the second is refused instead of undoing the first. Going back is a
proposal too, with the contents of before.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from desk import forms, language, mode, my_number, store, times
from desk.files import UnreadableFile
from desk.guide import procedures, words, writing
from desk.guide.procedures import Procedure
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Row

LOCK = "guide"  # who proposes or decides holds it
MOST = 40_000  # characters of a procedure's YAML
REASON_MOST, TEXT_MOST = 200, 1_000
APPROVED, DECLINED, TAKEN_BACK = "approved", "declined", "taken_back"
DECISIONS = {
    APPROVED: N_("Approved"),
    DECLINED: N_("Declined"),
    TAKEN_BACK: N_("Taken back"),
}


@dataclass(frozen=True)
class Version:
    """A version of a procedure: what it says, who made it when and why, what was decided.

    `stale` is an open one made from what does not count any more; it can only be declined, taken
    back or made anew. `counts` is the one that counts now.
    """

    id: str
    procedure_id: str
    title: str
    contents: str
    based_on: str
    reason: str
    made_at: datetime
    made_by: str
    maker_id: str
    decided_at: datetime | None
    decided_by: str
    decision: str
    stale: bool
    counts: bool
    trial: bool

    @property
    def open(self) -> bool:
        """Waits for a second person."""
        return not self.decision


def base(actor: Actor, procedure_id: str) -> str:
    """What counts for a procedure now, as `propose` wants it back; "" for one that is new."""
    require(actor, "edit_guide")
    with store.engine().reading() as reader:
        return _base(reader, procedure_id)


def propose(
    actor: Actor,
    *,
    id: str,
    contents: str,
    reason: str,
    now: datetime,
    based_on: str | None = None,
) -> Version:
    """Put a procedure forward, for a second person; the same `id` twice is one proposal.

    Args:
        contents: its YAML, of a procedure there is or of a new one.
        based_on: what counted when the edit began (`base`); None is what counts now.

    Raises:
        Refused: `missing` or `too_long`, what `desk.my_number` finds in any text,
            `procedure_wrong`, `proposal_same` when it changes nothing, `proposal_stale` when
            something else counts by now, or `form_reused`.
    """
    require(actor, "edit_guide")
    reason = forms.text(reason, label=N_("Reason"), field="reason", most=REASON_MOST, needed=True)
    one = checked(contents)
    with store.transaction(by=actor, lock=LOCK) as write:
        return put(write, actor, id=id, one=one, reason=reason, now=now, based_on=based_on)


def go_back(actor: Actor, version_id: str, *, id: str, reason: str, now: datetime) -> Version:
    """Propose what an earlier version said.

    Raises:
        Refused: `proposal_unknown`, or as `propose`.
    """
    require(actor, "edit_guide")
    found = version(actor, version_id)
    return propose(actor, id=id, contents=found.contents, reason=reason, now=now)


def go_back_to_file(
    actor: Actor, procedure_id: str, *, id: str, reason: str, now: datetime
) -> Version:
    """Propose what the file of data/procedures says, as before anybody edited it.

    Raises:
        Refused: `procedure_unknown` where there is no file, or as `propose`.
    """
    require(actor, "edit_guide")
    one = procedures.of_files().get(procedure_id)
    if one is None:
        raise Refused("procedure_unknown")
    return propose(actor, id=id, contents=writing.write(one), reason=reason, now=now)


def decide(actor: Actor, version_id: str, decision: str, now: datetime) -> Version:
    """Approve, decline or take back a proposal; one that is approved counts at once.

    Raises:
        Refused: `proposal_unknown`, `choice_unknown`, `proposal_decided`, `second_person` when
            one approves or declines one's own, `proposal_not_own` when one takes back another's,
            `proposal_stale`, or `procedure_wrong`.
    """
    require(actor, "edit_guide")
    forms.choice(decision, DECISIONS, label=N_("Decision"), field="decision")
    with store.transaction(by=actor, lock=LOCK) as write:
        row = write.one("SELECT * FROM procedure_version WHERE id = :id", id=version_id)
        if row is None:
            raise Refused("proposal_unknown")
        if row["decision"]:
            if row["decision"] == decision and row["decided_by"] == actor.id:
                return _views(write, "v.id = :id", id=version_id)[0]  # a second tap
            raise Refused("proposal_decided")
        own = row["made_by"] == actor.id
        if decision == TAKEN_BACK and not own:
            raise Refused("proposal_not_own")
        if decision != TAKEN_BACK and own:
            raise Refused("second_person")
        if decision == APPROVED:
            checked(row["contents"])  # what it may name can have changed meanwhile
            if row["based_on"] != _base(write, row["procedure_id"]):
                raise Refused("proposal_stale")
        write.run(
            "UPDATE procedure_version SET decision = :decision, decided_at = :at, "
            "decided_by = :by WHERE id = :id",
            decision=decision,
            at=times.stamp(now),
            by=actor.id,
            id=version_id,
        )
        return _views(write, "v.id = :id", id=version_id)[0]


def waiting(actor: Actor) -> tuple[Version, ...]:
    """Proposals that wait for a second person, the oldest first."""
    require(actor, "edit_guide")
    with store.engine().reading() as reader:
        return _views(reader, "v.decision IS NULL")


def history(actor: Actor, procedure_id: str) -> tuple[Version, ...]:
    """Every version of a procedure there ever was, the newest first."""
    require(actor, "edit_guide")
    with store.engine().reading() as reader:
        return _views(reader, "v.procedure_id = :of", of=procedure_id)[::-1]


def version(actor: Actor, version_id: str) -> Version:
    """One version.

    Raises:
        Refused: `proposal_unknown`.
    """
    require(actor, "edit_guide")
    with store.engine().reading() as reader:
        found = _views(reader, "v.id = :id", id=version_id)
    if not found:
        raise Refused("proposal_unknown")
    return found[0]


def checked(contents: str, *, lines: bool = False) -> Procedure:
    """The procedure of a YAML text; every text in it is one anybody may read.

    Args:
        lines: name the line a problem is in, for who wrote the text.
    """
    if len(contents) > MOST:
        raise Refused("too_long", field="contents", most=MOST)
    try:
        one = procedures.read(contents)
    except UnreadableFile as problem:
        reason = words.named(problem.reason, language.catalogue("ja").gettext)
        where = f"{problem.line}行目 " if lines and problem.line else ""
        raise Refused("procedure_wrong", field="contents", reason=where + reason) from None
    for text in words.every(one):
        forms.text(text, label="", field="contents", most=TEXT_MOST, allow=my_number.PUBLISHED)
    return one


def put(
    write: store.Writer,
    actor: Actor,
    *,
    id: str,
    one: Procedure,
    reason: str,
    now: datetime,
    based_on: str | None,
) -> Version:
    # As we write it: comments and spellings of a file are not checked, so they do not stay.
    contents = writing.write(one)
    there = write.one("SELECT * FROM procedure_version WHERE id = :id", id=id)
    if there:
        if there["made_by"] != actor.id or there["contents"] != contents:
            raise Refused("form_reused")
        return _views(write, "v.id = :id", id=id)[0]
    counts = _base(write, one.id)
    if based_on is not None and based_on != counts:
        raise Refused("proposal_stale")
    if counts and _counting(write, one.id) == one:
        raise Refused("proposal_same")
    write.run(
        "INSERT INTO procedure_version (id, procedure_id, contents, based_on, reason, made_at, "
        "made_by, trial) VALUES (:id, :of, :contents, :based_on, :reason, :at, :by, :trial)",
        id=id,
        of=one.id,
        contents=contents,
        based_on=counts,
        reason=reason,
        at=times.stamp(now),
        by=actor.id,
        trial=mode.flag(write),
    )
    return _views(write, "v.id = :id", id=id)[0]


_LAST = (
    "SELECT v.id, v.contents FROM procedure_version v WHERE v.procedure_id = :of "
    f"AND {procedures.COUNTS}"
)


def _base(reader: Reader, procedure_id: str) -> str:
    row = reader.one(_LAST, of=procedure_id)
    if row:
        return str(row["id"])
    of_file = procedures.of_files().get(procedure_id)
    if of_file is None:
        return ""
    return f"file {hashlib.sha256(writing.write(of_file).encode()).hexdigest()[:16]}"


def _counting(reader: Reader, procedure_id: str) -> Procedure | None:
    row = reader.one(_LAST, of=procedure_id)
    if row:
        return procedures.read(row["contents"])
    return procedures.of_files().get(procedure_id)


def _views(reader: Reader, where: str, **facts: str) -> tuple[Version, ...]:
    rows = reader.rows(
        "SELECT v.*, m.name AS maker, d.name AS decider FROM procedure_version v "
        "JOIN person m ON m.id = v.made_by LEFT JOIN person d ON d.id = v.decided_by "
        f"WHERE {where} ORDER BY v.made_at, v.id",
        **facts,
    )
    bases = {of: _base(reader, of) for of in {row["procedure_id"] for row in rows}}
    return tuple(_view(row, bases[row["procedure_id"]]) for row in rows)


def _view(row: Row, counts: str) -> Version:
    return Version(
        id=row["id"],
        procedure_id=row["procedure_id"],
        title=_title(row["contents"]),
        contents=row["contents"],
        based_on=row["based_on"],
        reason=row["reason"],
        made_at=times.moment(row["made_at"]),
        made_by=row["maker"],
        maker_id=row["made_by"],
        decided_at=times.moment(row["decided_at"]) if row["decided_at"] else None,
        decided_by=row["decider"] or "",
        decision=row["decision"] or "",
        stale=not row["decision"] and row["based_on"] != counts,
        counts=row["id"] == counts,
        trial=bool(row["trial"]),
    )


def _title(contents: str) -> str:
    try:
        return procedures.read(contents).title
    except UnreadableFile:  # made when other questions or counters were known
        return ""
