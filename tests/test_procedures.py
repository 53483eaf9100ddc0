"""What the 47 procedures say: complete, honest about what is not known, easy to read aloud."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest

from desk.guide import flow, procedures, reading
from desk.guide.procedures import HERE, UNOWNED, Fact, Procedure
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS

PROCEDURES = procedures.in_folder(procedures.FOLDER)
EACH = pytest.mark.parametrize("one", PROCEDURES.values(), ids=list(PROCEDURES))
TODAY = date(2026, 11, 26)

# The plan's notes 22 and 23 and 罹災証明, as the plan names them (it writes 居住 for 居宅 once).
ONLINE = {
    "jidoteate-nintei": "児童手当等の受給資格及び児童手当の額についての認定請求",
    "jidoteate-gaku": "児童手当等の額の改定の請求及び届出",
    "jidoteate-shimei-jusho": "氏名変更/住所変更等の届出",
    "jidoteate-shometsu": "受給事由消滅の届出",
    "jidoteate-mishiharai": "未支払の児童手当等の請求",
    "jidoteate-kifu": "児童手当等に係る寄附の申出",
    "jidoteate-kifu-henko": "児童手当に係る寄附変更等の申出",
    "kyushokuhi-choshu": "受給資格者の申出による学校給食費等の徴収等の申出",
    "kyushokuhi-henko": "受給資格者の申出による学校給食費等の徴収等の変更等の申出",
    "jidoteate-genkyo": "児童手当等の現況届",
    "hoiku-shikyu-nintei": "支給認定の申請",
    "hoiku-riyo": "保育施設等の利用申込",
    "hoiku-genkyo": "保育施設等の現況届",
    "jidofuyo-genkyo": "児童扶養手当の現況届の事前送信",
    "ninshin-todoke": "妊娠の届出",
    "kaigo-nintei": "要介護・要支援認定の申請",
    "kaigo-koshin": "要介護・要支援更新認定の申請",
    "kaigo-kubun": "要介護・要支援状態区分変更認定の申請",
    "kaigo-plan": "居宅(介護予防)サービス計画作成(変更)依頼の届出",
    "kaigo-futan-saikofu": "介護保険負担割合証の再交付申請",
    "kaigo-hihokensha-saikofu": "被保険者証の再交付申請",
    "kaigo-kogaku": "高額介護(予防)サービス費の支給申請",
    "kaigo-gendogaku": "介護保険負担限度額認定申請",
    "kaigo-yogu": "居宅介護(介護予防)福祉用具購入費の支給申請",
    "kaigo-jutaku": "居宅介護(介護予防)住宅改修費の支給申請",
    "kaigo-tennyu": "住所移転後の要介護・要支援認定申請",
    "risai": "罹災証明書の発行申請",
}
CONVENIENCE = {
    "konbini-juminhyo": "住民票の写し",
    "konbini-inkan": "印鑑登録証明書",
    "konbini-zei": "課税(非課税)証明書",
    "konbini-fuhyo": "戸籍の附票の写し",
    "konbini-koseki": "戸籍全部(個人)事項証明書",
}
OTHERS = {
    *("card-apply", "card-receive", "card-renew", "card-cert-renew", "card-pin-locked"),
    *("card-lost", "card-hokensho", "card-koza", "card-phone-cert", "eltax", "library-reserve"),
    *("wifi-join", "line-start", "scam-call", "remote-app"),
}
DAILY = {"wifi-join", "line-start", "scam-call", "remote-app"}


def facts(one: Procedure) -> Iterator[Fact]:
    yield from (one.overview, one.deadline, one.office, one.basis, one.online, one.fee)
    yield from (*one.forms, *one.attachments, *one.traps)
    for way in one.ways:
        yield from (way.about, *way.bring)


def words(one: Procedure) -> str:
    """Everything a helper reads."""
    steps = [step for way in one.ways for step in way.steps]
    return "\n".join((one.title, *(fact.text for fact in facts(one)), *steps))


def test_what_the_plan_names_is_there_by_its_official_names() -> None:
    assert len(ONLINE) == 27
    assert set(PROCEDURES) == {*ONLINE, *CONVENIENCE, *OTHERS}
    for id, name in (ONLINE | CONVENIENCE).items():
        assert name in unicodedata.normalize("NFKC", PROCEDURES[id].title)


@EACH
def test_it_says_its_source_and_when_it_was_checked_and_until_when_it_counts(
    one: Procedure,
) -> None:
    assert one.source
    assert one.checked_on <= TODAY
    assert one.expires_on is not None
    assert one.expires_on > one.checked_on


@EACH
def test_nobody_answers_for_it_but_where_the_desk_itself_does(one: Procedure) -> None:
    if one.id in DAILY:
        assert one.owner == one.office.text == "まちかどデスク"
        assert one.state(TODAY) == procedures.CURRENT
    else:
        assert one.state(TODAY) == UNOWNED


@pytest.mark.parametrize("id", ONLINE)
def test_what_only_the_city_knows_is_to_be_confirmed(id: str) -> None:
    one = PROCEDURES[id]
    here = one.way(HERE)
    assert here is not None
    for fact in (here.about, one.online, one.office, one.basis, one.fee, *one.forms):
        assert fact.text
        assert not fact.certain
    assert not any(fact.certain for fact in one.attachments)


def test_the_only_deadlines_offered_as_certain_are_those_with_a_source() -> None:
    certain = {id for id in ONLINE if PROCEDURES[id].deadline.certain}
    assert certain == {"jidoteate-nintei", "jidoteate-gaku", "kaigo-tennyu"}
    assert "15日以内" in PROCEDURES["jidoteate-nintei"].deadline.text
    assert "15日以内" in PROCEDURES["jidoteate-gaku"].deadline.text
    assert "14日以内" in PROCEDURES["kaigo-tennyu"].deadline.text


@EACH
def test_its_source_dates_the_plan_and_names_the_law_it_is_told_from(one: Procedure) -> None:
    if "岩沼市のデジタル化の計画" in one.source:
        assert "岩沼市のデジタル化の計画（令和3年9月）第4章" in one.source
    if one.id in ONLINE:
        assert re.search(r"何のための手続きかは[^。]+法（条文は市に確認）", one.source)


@EACH
def test_nothing_is_called_a_fraud_unless_its_source_says_who_says_so(one: Procedure) -> None:
    if "詐欺です" in words(one):
        assert "ATM" in words(one)
        assert "長崎県の消費生活センター" in one.source


@EACH
def test_who_is_asked_for_both_pins_is_told_to_have_both(one: Procedure) -> None:
    asked = {key for path in flow.paths(one) for key, _answer in path.asked}
    here = one.way(HERE)
    if here is not None and asked & {"pins", "card_pins"}:
        assert any("4けた" in fact.text and "英数字" in fact.text for fact in here.bring)


@EACH
def test_the_city_is_not_asked_for_what_only_others_know(one: Procedure) -> None:
    for fact in facts(one):
        if not fact.certain:
            assert not re.search("LINE|携帯電話会社|銀行|カード会社", fact.text)


@EACH
def test_no_sum_of_money_and_no_telephone_number_is_stated_as_certain(one: Procedure) -> None:
    for fact in facts(one):
        if fact.certain:
            assert not re.search(r"\d+円|\d{2,4}-\d{2,4}-\d{4}|0120|#\d{4}|188", fact.text)


@pytest.mark.parametrize("id", CONVENIENCE)
def test_convenience_stores_come_with_their_traps(id: str) -> None:
    one = PROCEDURES[id]
    told = words(one)
    for trap in (
        "3回続けて",
        "顔認証マイナンバーカード",
        "通知カード",
        "12月29日から1月3日",
        "15歳未満",
    ):
        assert trap in told
    assert not one.fee.certain
    if id in ("konbini-fuhyo", "konbini-koseki"):
        assert "利用登録" in told
        (hours,) = [trap for trap in one.traps if "平日の9時から17時" in trap.text]
        assert not hours.certain


@EACH
def test_a_resident_is_told_in_short_sentences_with_every_kanji_read(one: Procedure) -> None:
    assert 3 <= len(one.tell) <= 6
    for text in (one.easy, *one.tell):
        assert reading.unread(text) == ""
        assert len(reading.bare(text)) <= 40
    for text in one.tell:
        assert text.endswith("。")
        assert text.count("。") == 1


@pytest.mark.parametrize("text", [q.easy for q in QUESTIONS.values()])
def test_a_question_can_be_read_by_everybody(text: str) -> None:
    assert reading.unread(text) == ""
    assert all(len(one) <= 40 for one in reading.bare(text).split("。"))


@pytest.mark.parametrize("text", [stop.easy for stop in STOPS.values()])
def test_a_stop_can_be_read_by_everybody(text: str) -> None:
    assert reading.unread(text) == ""
    assert all(len(one) <= 40 for one in reading.bare(text).split("。"))


@EACH
def test_hard_stops_stand_where_they_are_needed(one: Procedure) -> None:
    told = words(one)
    needed = {
        stop
        for stop, sign in (
            ("pin_by_self", "暗証番号"),
            ("no_photo", "マイナンバーカード"),
            ("proxy_letter", "代理"),
            ("no_password", "パスワード"),
        )
        if sign in told
    }
    assert needed <= set(one.stops)


def test_every_stop_is_used() -> None:
    assert {stop for one in PROCEDURES.values() for stop in one.stops} == set(STOPS)


@EACH
def test_people_ask_for_it_in_several_ways_that_no_other_has(one: Procedure) -> None:
    assert 4 <= len(one.said) <= 8
    others = {said for other in PROCEDURES.values() if other is not one for said in other.said}
    assert not set(one.said) & others


@EACH
def test_every_way_says_what_to_bring_or_what_to_do(one: Procedure) -> None:
    for way in one.ways:
        assert way.about.text
        assert way.bring or way.steps


@EACH
def test_only_addresses_the_plan_names_are_linked(one: Procedure) -> None:
    assert {link.url for link in one.links} <= {"https://myna.go.jp"}
    assert set(re.findall(r"https?://[\w./-]+", words(one))) <= {"https://myna.go.jp"}


@EACH
def test_no_helper_is_told_to_hold_what_is_the_residents(one: Procedure) -> None:
    for step in (step for way in one.ways for step in way.steps):
        if "暗証番号" in step and "入れ" in step:
            assert "ご本人" in step
