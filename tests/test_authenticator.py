"""The second proof: a code of the app counts once, a password alone opens nothing."""

import base64
import threading
from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from itsdangerous.encoding import base64_decode

from desk import authenticator, codes, people, proof, sessions, store, totp, tries
from desk.people import PUBLIC, Actor
from desk.refusals import Refused
from tests.conftest import APP, code_of, enrol, person, refuses, used_codes_count_again

PASSWORD = "みかん りんご ぶどう なし もも"
STEP = timedelta(seconds=30)
pytestmark = pytest.mark.usefixtures("database")


def registered(now: datetime, role: str = "staff") -> None:
    people.add(person("admin"), id="h", name="ハナ", role=role, secret=PASSWORD, now=now)


@pytest.fixture
def hana(database: str, now: datetime) -> str:  # noqa: ARG001 - it must be there first
    """Somebody of the staff with an app; her name."""
    registered(now)
    enrol("ハナ")
    return "ハナ"


def ticket(now: datetime) -> str:
    """What the right password gives."""
    with refuses("code_wanted") as wanted:
        sessions.sign_in(name="ハナ", secret=PASSWORD, now=now)
    return str(wanted.value.facts["ticket"])


def give(code: str, now: datetime) -> str:
    return sessions.give_code(ticket=ticket(now), code=code, now=now)


def open_sessions() -> int:
    return len(store.rows("SELECT id FROM session"))


@pytest.mark.usefixtures("hana")
def test_asvs_6_3_3_the_password_alone_opens_no_session(now: datetime) -> None:
    leads = ticket(now)
    assert open_sessions() == 0
    assert "ハナ" not in leads
    assert sessions.actor_of(leads, now=now) == PUBLIC
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret="wrong", now=now)


@pytest.mark.usefixtures("hana")
@pytest.mark.parametrize("typed", ["{}", " {} ", "{a} {b}", "wide"])
def test_a_code_opens_a_session(typed: str, now: datetime) -> None:
    code = code_of(now)
    wide = code.translate({ord("0") + n: ord("０") + n for n in range(10)})
    text = wide if typed == "wide" else typed.format(code, a=code[:3], b=code[3:])
    actor = sessions.actor_of(give(text, now), now=now)
    assert (actor, actor.ready) == (Actor("h", "ハナ", "staff"), True)


@pytest.mark.usefixtures("hana")
def test_asvs_6_5_1_a_code_counts_once_and_none_before_it(now: datetime) -> None:
    code, before = code_of(now), code_of(now - STEP)
    give(code, now)
    for old in (code, before):
        with refuses("code_wrong", "code"):
            give(old, now)
    give(code_of(now + STEP), now)
    assert open_sessions() == 2


@pytest.mark.usefixtures("hana")
@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_asvs_6_5_5_a_clock_may_be_wrong_by_one_step(
    steps: int, right: bool, now: datetime
) -> None:
    code = code_of(now + steps * STEP)
    if right:
        assert give(code, now)
    else:
        with refuses("code_wrong", "code"):
            give(code, now)


@pytest.mark.usefixtures("hana")
def test_of_two_at_once_with_one_code_one_is_let_in(now: datetime) -> None:
    leads, code, answers = ticket(now), code_of(now), list[str]()
    both = threading.Barrier(2)

    def come() -> None:
        both.wait()
        try:
            sessions.give_code(ticket=leads, code=code, now=now)
            answers.append("in")
        except Refused as refusal:
            answers.append(refusal.code)

    threads = [threading.Thread(target=come) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == ["code_wrong", "in"]
    assert open_sessions() == 1


@pytest.mark.usefixtures("hana")
def test_asvs_6_3_1_wrong_codes_are_counted_wherever_they_are_tried(now: datetime) -> None:
    leads = ticket(now)
    for _ in range(5):
        with refuses("code_wrong", "code"):
            sessions.give_code(ticket=leads, code="000000", now=now)
    with refuses("sign_in_locked"):
        sessions.give_code(ticket=leads, code=code_of(now), now=now)
    later = now
    for _ in range(3):
        later += timedelta(minutes=16)
        for _ in range(5):
            with refuses("code_wrong", "code"):
                give("000000", later)
    with refuses("sign_in_blocked"):
        sessions.sign_in(name="ハナ", secret=PASSWORD, now=later + timedelta(hours=1))


@pytest.mark.usefixtures("hana")
def test_wrong_passwords_from_afar_shut_nobody_out(now: datetime) -> None:
    for n in range(40):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="ハナ", secret="wrong", now=now, place=f"address {n}")
    assert give(code_of(now), now)


@pytest.mark.usefixtures("hana")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda _leads: "",
        lambda leads: leads + "x",
        lambda leads: leads.rpartition(".")[0] + ".AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        lambda _leads: authenticator._signer("app").dumps(["h", "2999-01-01T00:00:00Z"]),
    ],
)
def test_an_invented_ticket_is_none(spoil: object, now: datetime) -> None:
    leads = spoil(ticket(now))
    with refuses("code_late"):
        sessions.give_code(ticket=leads, code=code_of(now), now=now)


@pytest.mark.usefixtures("hana")
def test_a_ticket_is_signed_with_sha_256(now: datetime) -> None:
    assert len(base64_decode(ticket(now).rpartition(".")[2])) * 8 == 256


@pytest.mark.usefixtures("hana")
def test_a_ticket_ends_with_its_minutes_and_with_its_password(now: datetime) -> None:
    leads, late = ticket(now), now + timedelta(minutes=5, seconds=1)
    with refuses("code_late"):
        sessions.give_code(ticket=leads, code=code_of(late), now=late)
    sessions.change_secret(
        Actor("h", "ハナ", "staff"),
        secret="another password for hana",
        current=PASSWORD,
        now=now,
    )
    with refuses("code_late"):
        sessions.give_code(ticket=leads, code=code_of(now), now=now)


@pytest.mark.parametrize("role", ["staff", "planner", "admin"])
def test_who_works_in_the_office_has_no_right_before_the_app(role: str, now: datetime) -> None:
    registered(now, role)
    token = sessions.sign_in(name="ハナ", secret=PASSWORD, now=now)
    actor = sessions.actor_of(token, now=now)
    assert (actor.must_enrol, actor.ready) == (True, False)
    right = next(iter(people.RIGHTS[role]))
    with refuses("not_allowed"):
        people.require(actor, right)
    begun = authenticator.begin(actor, now=now)
    given = authenticator.confirm(
        actor, ticket=begun.ticket, code=pyotp.TOTP(begun.secret).at(now), now=now
    )
    people.require(sessions.actor_of(token, now=now), right)
    assert len(set(given)) == totp.RECOVERY_CODES == 8


@pytest.mark.usefixtures("hana")
def test_a_hash_that_is_made_anew_at_a_sign_in_leads_to_the_code_all_the_same(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "_hasher", PasswordHasher(time_cost=2, memory_cost=64))
    before = row(Actor("h", "ハナ", "staff"))["secret"]
    assert give(code_of(now), now)
    assert row(Actor("h", "ハナ", "staff"))["secret"] != before


def test_a_volunteer_needs_no_app_and_the_public_has_none(now: datetime) -> None:
    assert not people.actor_from({**row(person("volunteer")), "secret": "x"}).must_enrol
    with refuses("not_allowed"):
        authenticator.begin(person("volunteer"), now=now)
    with refuses("not_allowed"):  # the city's account is enough
        authenticator.begin(person("staff"), now=now)
    with refuses("sign_in_first"):
        authenticator.begin(PUBLIC, now=now)


def row(actor: Actor) -> dict[str, object]:
    [found] = store.rows("SELECT * FROM person WHERE id = :id", id=actor.id)
    return found


def test_setting_up_wants_the_right_code_in_time_from_the_same_person(now: datetime) -> None:
    registered(now)
    hana = Actor("h", "ハナ", "staff", must_enrol=True)
    begun = authenticator.begin(hana, now=now)
    right = pyotp.TOTP(begun.secret).at(now)
    with refuses("code_wrong", "code"):
        authenticator.confirm(hana, ticket=begun.ticket, code="000000", now=now)
    again = authenticator.resume(hana, ticket=begun.ticket, now=now)
    assert again == begun
    late = now + authenticator.SETTING_UP + timedelta(seconds=1)
    people.add(person("admin"), id="o", name="ヨシコ", role="staff", secret=PASSWORD, now=now)
    other = Actor("o", "ヨシコ", "staff", must_enrol=True)
    for who, sent, moment in (
        (hana, begun.ticket, late),
        (other, begun.ticket, now),
        (hana, "x", now),
    ):
        with refuses("setting_up_late"):
            authenticator.confirm(who, ticket=sent, code=right, now=moment)
    assert row(hana)["totp_secret"] is None
    authenticator.confirm(hana, ticket=begun.ticket, code=right, now=now)
    with refuses("code_wrong", "code"):  # it has been used to set up
        give(right, now)


def test_what_is_stored_tells_no_secret(now: datetime) -> None:
    registered(now)
    hana = Actor("h", "ハナ", "staff", must_enrol=True)
    begun = authenticator.begin(hana, now=now)
    given = authenticator.confirm(
        hana, ticket=begun.ticket, code=pyotp.TOTP(begun.secret).at(now), now=now
    )
    stored = repr([store.rows(f"SELECT * FROM {table}") for table in ("person", "audit")])
    assert begun.secret not in stored
    assert [code for code in given if code in stored] == []
    assert totp.opened(str(row(hana)["totp_secret"])) == begun.secret


def test_asvs_6_5_2_and_4_recovery_codes_are_long_and_kept_like_passwords() -> None:
    made = totp.new_recovery()
    assert {len(one) for one in made} == {1 + totp.RECOVERY_LENGTH}
    assert len(codes.ALPHABET) ** totp.RECOVERY_LENGTH == 2**50
    assert all(set(one[1:]) <= set(codes.ALPHABET) for one in made)
    lines = totp.stored_recovery(made).split("\n")
    assert all(one.startswith("p1:$argon2id$") for one in lines)
    assert len({one.split("$")[4] for one in lines}) == len(made)  # a salt each


def test_what_is_sealed_is_never_twice_the_same_and_cannot_be_changed() -> None:
    first, second = totp.sealed(APP), totp.sealed(APP)
    raw = [base64.urlsafe_b64decode(one) for one in (first, second)]
    blocks = [one[at : at + 16] for one in raw for at in range(25, len(one) - 32, 16)]
    assert len(set(blocks)) == len(blocks)  # no block tells of its text
    for at in range(len(raw[0])):
        changed = bytearray(raw[0])
        changed[at] ^= 1
        assert totp.opened(base64.urlsafe_b64encode(changed).decode()) is None
    assert totp.opened(first) == APP


@pytest.mark.usefixtures("hana")
def test_another_key_opens_no_app(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = str(row(Actor("h", "ハナ", "staff"))["totp_secret"])
    assert totp.opened(kept) == APP
    monkeypatch.setenv("DESK_KEY", "another key of the machine, and long enough")
    assert totp.opened(kept) is None
    assert totp.opened("nothing of ours") is None


def test_asvs_6_5_1_each_recovery_code_lets_in_once(now: datetime) -> None:
    registered(now)
    hana = Actor("h", "ハナ", "staff", must_enrol=True)
    begun = authenticator.begin(hana, now=now)
    given = authenticator.confirm(
        hana, ticket=begun.ticket, code=pyotp.TOTP(begun.secret).at(now), now=now
    )
    typed = f" {given[2][:4]}-{given[2][4:]} ".lower()
    assert give(typed, now)
    for used in (typed, given[2], "3", "9AAAAAAAAAA", given[3][:-1]):
        with refuses("code_wrong", "code"):
            give(used, now + timedelta(minutes=16) if used == given[3][:-1] else now)
    later = now + timedelta(hours=1)
    assert give(given[7], later)


@pytest.mark.usefixtures("hana")
def test_asvs_7_5_1_another_app_wants_the_password_and_a_code_of_the_one_until_now(
    now: datetime,
) -> None:
    actor = sessions.actor_of(give(code_of(now), now), now=now)
    begun = authenticator.begin(actor, now=now)
    assert begun.replaces
    fresh = pyotp.TOTP(begun.secret)
    whole = {
        "ticket": begun.ticket,
        "code": fresh.at(now),
        "secret": PASSWORD,
        "present": code_of(now + STEP),
    }
    before = row(actor)["totp_secret"]
    for missing, code, field in (
        ({"code": "000000"}, "code_wrong", "code"),
        ({"secret": ""}, "sign_in_wrong", None),
        ({"secret": "wrong"}, "sign_in_wrong", None),
        ({"present": ""}, "code_present_wrong", "present"),
        ({"present": code_of(now)}, "code_present_wrong", "present"),  # it opened the session
        ({"present": fresh.at(now)}, "code_present_wrong", "present"),
    ):
        with refuses(code, field):
            authenticator.confirm(actor, now=now, **{**whole, **missing})
        assert row(actor)["totp_secret"] == before
    authenticator.confirm(actor, now=now, **whole)
    used_codes_count_again("ハナ")
    with refuses("code_wrong", "code"):
        give(code_of(now), now)
    assert give(fresh.at(now), now)


def test_a_recovery_code_stands_for_a_lost_telephone(now: datetime) -> None:
    registered(now)
    hana = Actor("h", "ハナ", "staff")
    first = authenticator.begin(hana, now=now)
    assert not first.replaces
    code = pyotp.TOTP(first.secret).at(now)
    kept = authenticator.confirm(hana, ticket=first.ticket, code=code, now=now)
    second = authenticator.begin(hana, now=now)
    code = pyotp.TOTP(second.secret).at(now)
    new = authenticator.confirm(
        hana, ticket=second.ticket, code=code, secret=PASSWORD, present=kept[0], now=now
    )
    assert not set(new) & set(kept)
    with refuses("code_wrong", "code"):
        give(kept[1], now)
    assert give(new[0], now)


@pytest.mark.usefixtures("hana")
def test_guesses_at_the_app_until_now_are_counted_like_those_of_a_sign_in(now: datetime) -> None:
    hana = Actor("h", "ハナ", "staff")
    begun = authenticator.begin(hana, now=now)
    whole = {"ticket": begun.ticket, "code": pyotp.TOTP(begun.secret).at(now), "secret": PASSWORD}
    for _ in range(tries.WRONG_TRIES):
        with refuses("code_present_wrong", "present"):
            authenticator.confirm(hana, present="000000", now=now, **whole)
    with refuses("sign_in_locked"):
        authenticator.confirm(hana, present=code_of(now), now=now, **whole)
    with refuses("sign_in_locked"):
        give(code_of(now), now)


def test_a_form_that_was_sent_twice_shows_codes_that_open(now: datetime) -> None:
    registered(now)
    hana = Actor("h", "ハナ", "staff", must_enrol=True)
    begun = authenticator.begin(hana, now=now)
    sent = {"ticket": begun.ticket, "code": pyotp.TOTP(begun.secret).at(now)}
    authenticator.confirm(hana, now=now, **sent)
    assert not authenticator.resume(hana, ticket=begun.ticket, now=now).replaces
    shown = authenticator.confirm(hana, now=now, **sent)
    assert give(shown[0], now)


def test_the_qr_code_says_who_and_where() -> None:
    address = totp.address(APP, "佐藤 花")
    parsed = pyotp.parse_uri(address)
    assert (parsed.secret, parsed.name, parsed.issuer) == (APP, "佐藤 花", totp.ISSUER)
    assert (parsed.digits, parsed.interval) == (totp.DIGITS, totp.STEP) == (6, 30)
