"""Passwords by OWASP ASVS 5.0, 6.2: long, not common, not of this desk; nothing else is asked."""

import pytest

from desk import passwords, proof
from tests.conftest import HASHER, refuses

GOOD = "みかん りんご ぶどう なし もも"


@pytest.mark.parametrize(
    "secret", ["short", "x" * 14, "ｐａｓｓｗｏｒｄ１２３", "yuki kaki mori"], ids=ascii
)
def test_asvs_6_2_1_a_password_has_15_characters_or_more(secret: str) -> None:
    with refuses("password_short", "secret") as refused:
        passwords.check(secret)
    assert refused.value.facts == {"least": 15}


@pytest.mark.parametrize(
    "secret",
    [
        "passwordpassword",
        "PasswordPassword",
        "password password",
        "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
        "1qaz2wsx3edc4rfv",
        "qwertyuiopasdfgh",
        "iloveyou12345678",
        "123456789012345",
        "a" * 30,
        "あ" * 20,
        "Summer2026Summer2026",
    ],
    ids=ascii,
)
def test_asvs_6_2_4_and_12_a_stolen_or_common_password_is_refused(secret: str) -> None:
    with refuses("password_easy", "secret"):
        passwords.check(secret)


def test_a_stolen_password_is_known_however_hard_it_looks() -> None:
    stolen = "correcthorsebatterystaple"
    assert passwords.zxcvbn(stolen)["score"] == passwords.HARD
    with refuses("password_easy", "secret"):
        passwords.check(stolen)


@pytest.mark.parametrize(
    "secret",
    [
        "machikadomachikado",
        "MachikadoDesk2026",
        "iwanumashiyakusho",
        "IwanumaCity2026!",
        "まちかどデスクまちかどデスク2026",
        "岩沼市役所岩沼市役所岩沼市役所",
        "hanako-hanako-hanako",
    ],
    ids=ascii,
)
def test_asvs_6_2_11_the_desks_the_citys_and_ones_own_words_are_no_password(secret: str) -> None:
    with refuses("password_easy", "secret"):
        passwords.check(secret, own=("Hanako",))


def test_the_address_of_the_desk_is_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "kuriharadesk2026"
    passwords.check(secret)
    monkeypatch.setenv("DESK_ADDRESS", "https://desk.kurihara.example.jp")
    with refuses("password_easy", "secret"):
        passwords.check(secret)


@pytest.mark.parametrize(
    "secret",
    [GOOD, "yuki kaki mori tsuru", "lower-case-only-tsuru", "83915-27460-18357", "x" + GOOD],
)
def test_asvs_6_2_5_any_letters_will_do(secret: str) -> None:
    passwords.check(secret)


def test_asvs_6_2_9_long_ones_are_allowed_and_endless_ones_are_not() -> None:
    passwords.check((GOOD * 20)[:128])
    with refuses("password_long", "secret"):
        passwords.check((GOOD * 20)[:129])


def test_full_width_and_half_width_are_one_password() -> None:
    stored = proof.hashed("Yuki kaki mori tsuru")
    assert proof.matches(stored, "Ｙｕｋｉ　ｋａｋｉ　ｍｏｒｉ　ｔｓｕｒｕ")
    assert not proof.matches(stored, "yuki kaki mori tsuru")


def test_a_stored_secret_costs_64_mib_and_three_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_hasher", HASHER)
    stored = proof.hashed(GOOD)
    assert stored.startswith("p1:$argon2id$v=19$m=65536,t=3,p=4$")
    assert proof.matches(stored, GOOD)
    assert not proof.outdated(stored)


def test_asvs_6_4_1_one_time_secrets_are_random_and_pass_the_rules_themselves() -> None:
    for role in ("volunteer", "staff"):
        made = {proof.one_time(role) for _ in range(50)}
        assert len(made) == 50
        for one in made:
            proof.check(role, one)
