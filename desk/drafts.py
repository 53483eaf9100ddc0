"""Drafts: a form in the making, kept for each device and person, so that nothing typed is lost.

A draft holds what a form's fields hold (`kept`, written whenever they changed) and, newer than
that, what is being typed (`typed`, sent letter by letter by the browser). It is there from the
moment the form is on the screen; while nobody has changed anything, for minutes only.

Text in which a number of somebody is found is left out: neither it nor what stood in its place
before stays. Nobody finds a draft after `AGE`, and the next form that is opened takes it away.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from desk import ids, my_number, store, times
from desk.people import Actor, require
from desk.refusals import Refused

AGE = timedelta(days=14)
UNTOUCHED_AGE = timedelta(minutes=5)  # of a form that was opened and nothing else
FORM_MOST, TEXT_MOST, CONTENTS_MOST = 80, 4_000, 200_000  # characters

# What a field of a form may hold.
Value = str | int | float | bool | date | time | datetime | list[Any] | tuple[Any, ...] | None


@dataclass(frozen=True)
class Draft:
    """What a form held, by field, and when it was written down last.

    `changed` is False for a form that is as it opened; `opened` is what it held then.
    """

    values: dict[str, Value]
    saved_at: datetime
    changed: bool = True
    opened: dict[str, Value] = field(default_factory=dict)


def keep(
    actor: Actor,
    *,
    device: str,
    form: str,
    id: str,
    values: Mapping[str, Value],
    changed: bool,
    now: datetime,
    opened: Mapping[str, Value] | None = None,
    telephones: Collection[str] = (),
) -> None:
    """Write down what a form holds; `id` is the form's own, by which a save is made once.

    Args:
        changed: False while the form is as it opened; such a draft is soon found no more.
        opened: what it held when it opened, for throwing the draft away.
        telephones: fields in which a telephone number may stand.

    Raises:
        Refused: `draft_not_kept` when the database does not take it.
    """
    require(actor, "keep_drafts")
    try:
        clean = _clean(values, telephones)
        left_out = values.keys() - clean.keys()
        with store.transaction(by=actor, lock=f"draft {actor.id}", counted=False) as write:
            had = _contents(write, actor, device, form)
            if not had:  # once a form, not at every letter
                limit = times.stamp(now - AGE)
                write.run("DELETE FROM draft WHERE saved_at < :limit", limit=limit)
            typed = had["typed"] if had.get("id") == id else {}
            typed = {name: text for name, text in typed.items() if name not in left_out}
            contents = {
                "id": id,
                "changed": changed,
                "telephones": list(telephones),
                "opened": packed(_clean(opened or {}, telephones)),
                "kept": packed(clean),
                "typed": typed,
            }
            _put(write, actor, device, form, contents, now)
    except store.failures() as problem:
        raise Refused("draft_not_kept", why=_cause(problem)) from problem


def type_in(
    actor: Actor,
    *,
    device: str,
    form: str,
    id: str,
    texts: Mapping[str, str],
    now: datetime,
) -> bool:
    """Write down what is being typed into an open form.

    Returns:
        False when that form is not open any more: it was saved, or thrown away.

    Raises:
        Refused: `draft_not_kept` when the database does not take it.
    """
    require(actor, "keep_drafts")
    try:
        with store.transaction(by=actor, lock=f"draft {actor.id}", counted=False) as write:
            contents = _contents(write, actor, device, form)
            if contents.get("id") != id:
                return False
            for name, text in texts.items():
                contents["typed"].pop(name, None)
                if my_number.kind(text, _allowed(name, contents["telephones"])):
                    contents["kept"].pop(name, None)
                elif len(text) <= TEXT_MOST:
                    contents["typed"][name] = text
            _put(write, actor, device, form, contents, now)
    except store.failures() as problem:
        raise Refused("draft_not_kept", why=_cause(problem)) from problem
    return True


def find(actor: Actor, *, device: str, form: str, now: datetime) -> Draft | None:
    """The draft of a form, if there is one."""
    require(actor, "keep_drafts")
    row = store.one(
        "SELECT contents, saved_at FROM draft WHERE person_id = :person AND device = :device "
        "AND form = :form AND saved_at >= :limit",
        person=actor.id,
        device=device,
        form=form,
        limit=times.stamp(now - AGE),
    )
    if row is None:
        return None
    contents = json.loads(row["contents"])
    kept = unpacked(contents["kept"])
    # A text that was emptied again, or is as it was, is no change.
    typed = {
        name: text for name, text in contents["typed"].items() if text != (kept.get(name) or "")
    }
    found = Draft(
        {**kept, **typed},
        times.moment(row["saved_at"]),
        bool(contents["changed"] or typed),
        unpacked(contents["opened"]),
    )
    return found if found.changed or now - found.saved_at <= UNTOUCHED_AGE else None


def drop(actor: Actor, *, device: str, form: str) -> None:
    """Throw a draft away; nothing happens when there is none."""
    require(actor, "keep_drafts")
    with store.transaction(by=actor, lock=f"draft {actor.id}", counted=False) as write:
        write.run(
            "DELETE FROM draft WHERE person_id = :person AND device = :device AND form = :form",
            person=actor.id,
            device=device,
            form=form,
        )


def _contents(write: store.Writer, actor: Actor, device: str, form: str) -> dict[str, Any]:
    row = write.one(
        "SELECT contents FROM draft WHERE person_id = :person AND device = :device "
        "AND form = :form",
        person=actor.id,
        device=device,
        form=form,
    )
    return dict(json.loads(row["contents"])) if row else {}


def _put(
    write: store.Writer,
    actor: Actor,
    device: str,
    form: str,
    contents: dict[str, Any],
    now: datetime,
) -> None:
    text = json.dumps(contents, ensure_ascii=False, allow_nan=False)
    text = text.encode("utf-8", "replace").decode()  # half a character is none
    if len(text) > CONTENTS_MOST or len(form) > FORM_MOST:
        raise Refused("draft_not_kept", why=f"{len(text)} / {len(form)}")
    write.run(
        "INSERT INTO draft (person_id, device, form, contents, saved_at) "
        "VALUES (:person, :device, :form, :contents, :at) "
        "ON CONFLICT (person_id, device, form) DO UPDATE "
        "SET contents = excluded.contents, saved_at = excluded.saved_at",
        person=actor.id,
        device=device,
        form=form,
        contents=text,
        at=times.stamp(now),
    )


def _cause(problem: Exception) -> str:
    problem = problem.__cause__ if isinstance(problem.__cause__, Exception) else problem
    return (str(problem).splitlines() or [""])[0][:120] or type(problem).__name__


def _clean(values: Mapping[str, Value], telephones: Collection[str]) -> dict[str, Value]:
    return {
        name: value
        for name, value in values.items()
        if not _names_somebody(value, _allowed(name, telephones))
    }


def _allowed(name: str, telephones: Collection[str]) -> my_number.Field:
    return my_number.REACH if name in telephones else my_number.STRICT


def _names_somebody(value: Value, allow: my_number.Field) -> bool:
    """True when a number of somebody is in a text, alone or in a list; the desk's ids are none."""
    if isinstance(value, list | tuple):
        return any(_names_somebody(one, allow) for one in value)
    return (
        isinstance(value, str)
        and my_number.kind(value, allow) is not None
        and not ids.is_ours(value)
    )


def packed(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values as JSON has them; days, times and tuples tagged, to come back as they were."""
    return {name: _pack(value) for name, value in values.items()}


def unpacked(values: Mapping[str, Any]) -> dict[str, Value]:
    """What `packed` made, as it was."""
    return {name: _unpack(value) for name, value in values.items()}


def _pack(value: Value) -> Any:
    if value is None or isinstance(value, str | int | float):  # a bool is an int
        return value
    if isinstance(value, list):
        return [_pack(one) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_pack(one) for one in value]}
    for kind in (datetime, date, time):  # a datetime is a date too
        if isinstance(value, kind):
            return {kind.__name__: value.isoformat()}
    raise TypeError(f"a form cannot keep {type(value).__name__}")


_KINDS: dict[str, Callable[[str], Value]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def _unpack(value: Any) -> Value:
    found: Value = value
    if isinstance(value, list):
        found = [_unpack(one) for one in value]
    elif isinstance(value, dict):
        [(kind, inside)] = value.items()
        found = tuple(_unpack(one) for one in inside) if kind == "tuple" else _KINDS[kind](inside)
    return found


def mark_of(actor: Actor) -> str:
    """Tells two people apart in a browser, and says of neither who it is."""
    require(actor, "keep_drafts")
    return hashlib.sha256(f"drafts {actor.id}".encode()).hexdigest()[:16]
