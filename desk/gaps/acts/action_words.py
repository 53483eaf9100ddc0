"""How what became of actions is said in words, and handed out as a table."""

from collections.abc import Sequence
from datetime import date, datetime

from desk import language, times
from desk.exports import let_out
from desk.gaps.acts import looked_back
from desk.gaps.acts.actions import KINDS
from desk.gaps.acts.looked_back import MEASURES, SENTENCES, STATES, LookBack, Said
from desk.people import Actor, require
from desk.tables import sheet
from desk.tables.sheet import SAMPLE, Export

_HEADER = (
    *("取組", "種類", "地区", "始めた日", "数えたもの", "週数"),
    *("前", "後", "ほかの地区の前", "ほかの地区の後"),
    *("ほかとくらべた倍率", "90%幅の下", "90%幅の上"),
    *("判断", "説明", "気をつけること", "メモ"),
)


def sentence(said: Said, lang: str) -> str:
    """A sentence in a language, its day written out."""
    facts = dict(said.facts)
    if "day" in facts:
        facts["day"] = times.show_day(date.fromisoformat(str(facts["day"])), lang)
    return language.catalogue(lang).gettext(SENTENCES[said.code]).format(**facts)


def looks_csv(actor: Actor, found: Sequence[LookBack], *, now: datetime) -> Export:
    """What became of actions with its numbers, in Japanese, for Excel.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "see_neighbourhoods")
    let_out(actor, "gaps.acts.action_words.looks_csv", now=now)
    trial = any(one.trial for one in found)
    day = times.show_day_long(times.today(now), "ja")
    comments = sheet.heading("取組のふりかえり", day, trial=trial)
    comments += [
        "庁内用。件数は丸めていません",
        "倍率は、ほかの地区の変わり方をさし引いたもの。1なら、ほかの地区と同じ",
    ]
    header = [*_HEADER, *([SAMPLE] if trial else [])]
    rows = ([*_row(one), *([SAMPLE] if trial else [])] for one in found)
    return sheet.write(header, rows, comments=comments)


def _row(one: LookBack) -> list[str]:
    words, change = language.catalogue("ja").gettext, one.change
    numbers = [""] * 8
    if change and one.window:
        counts = (change.before, change.after, change.others_before, change.others_after)
        ratios = (change.ratio, change.low, change.high)
        numbers = [str(one.window.days // 7), *map(str, counts)]
        numbers += [looked_back.times_of(ratio) for ratio in ratios]
    return [
        one.action.title,
        words(KINDS[one.action.kind]),
        "、".join(name for _id, name in one.action.towns),
        one.action.starts_on.isoformat(),
        words(MEASURES[one.measure]),
        *numbers,
        words(STATES[one.state]),
        "".join(sentence(said, "ja") for said in one.said),
        "".join(sentence(said, "ja") for said in one.but),
        one.action.note,
    ]
