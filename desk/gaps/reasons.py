"""Why a neighbourhood has its label: sentences and their facts, said in any language."""

from dataclasses import dataclass

from desk import language
from desk.gaps.city import CLASS, DESK, WIFI
from desk.refusals import N_

Fact = float | int | str
# One place of a kind, in the middle of a sentence.
SITES = {DESK: N_("help desk"), CLASS: N_("class venue"), WIFI: N_("Wi-Fi spot")}
SENTENCES = {
    "no_site": N_("At the chosen time there is no {what} at all."),
    "out_of_reach": N_(
        "The nearest {what} is {kilometres} km away in a straight line: out of reach."
    ),
    "thin": N_("A {what} is within reach, but too little: {percent}% of the city's average."),
    "near": N_("A {what} is within reach: {percent}% of the city's average."),
    "use_low": N_("Uses: {observed}, where about {expected} would be usual."),
    "use_usual": N_("Uses: {observed}, about as usual ({expected})."),
    "use_high": N_("Uses: {observed}, more than the usual {expected}."),
    "use_open": N_("Uses: {observed} where about {expected} would be usual: too few to tell."),
    "use_between": N_(
        "Uses: {observed} where about {expected} would be usual: perhaps fewer, not surely."
    ),
    "use_uncounted": N_("Nobody counts who uses Wi-Fi: only the way there can be judged."),
    "more": N_("About {more} more uses here and it can be told."),
    "no_population": N_("There is no population figure for this neighbourhood."),
    "no_need": N_("The population table has nobody of 65 or older here."),
    "no_uses": N_("No use was written down in this time, so use cannot be told."),
    "nowhere": N_("Of {percent}% of uses the neighbourhood is not known: nothing is judged."),
    "no_spread": N_("No difference between neighbourhoods can be shown in the use so far."),
    "one_area": N_("There is only one neighbourhood, so there is nothing to compare it with."),
    "shaky": N_("With slightly other assumptions the judgement stays the same in {percent}% only."),
}


@dataclass(frozen=True)
class Reason:
    """A key of `SENTENCES` and its facts; `what` is a word of `SITES`."""

    code: str
    facts: dict[str, Fact]


def say(reason: Reason, lang: str) -> str:
    """A reason in a language."""
    tongue = language.catalogue(lang)
    facts = {
        key: tongue.gettext(str(fact)) if key == "what" else fact
        for key, fact in reason.facts.items()
    }
    return tongue.gettext(SENTENCES[reason.code]).format(**facts)


def why(reasons: tuple[Reason, ...], lang: str) -> str:
    """All reasons, the weightiest first, as one line."""
    between = "" if lang == "ja" else " "
    return between.join(say(reason, lang) for reason in reasons)
