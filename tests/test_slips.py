"""Slips: whoever has the address reads one booking for a day, nobody guesses one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from itsdangerous.encoding import base64_decode

from desk import booking, schedule, slips, store
from tests.conftest import booking_form, person, refuses, scheduled


@pytest.fixture
def booked(city: str, now: datetime) -> str:  # noqa: ARG001 - the database must be there
    meeting = scheduled()
    booking.book(person("volunteer"), id="b", form=booking_form(meeting.id), now=now)
    return "b"


def test_a_slip_is_good_for_a_day(booked: str, now: datetime) -> None:
    ticket = slips.ticket(person("volunteer"), booking_id=booked, now=now)
    found = booking.get(person("volunteer"), booking_id=booked)
    assert slips.read(ticket, now=now) == [found]
    assert slips.read(ticket, now=now + timedelta(hours=24)) == [found]
    with refuses("slip_expired"):
        slips.read(ticket, now=now + timedelta(hours=24, seconds=1))


def test_an_address_that_was_changed_is_refused(booked: str, now: datetime) -> None:
    ticket = slips.ticket(person("volunteer"), booking_id=booked, now=now)
    # The last character carries spare bits, so it is left alone here.
    for n, letter in enumerate(ticket[:-1]):
        other = ticket[:n] + ("A" if letter != "A" else "B") + ticket[n + 1 :]
        with refuses("slip_expired"):
            slips.read(other, now=now)


def test_an_address_is_signed_with_sha_256(booked: str, now: datetime) -> None:
    ticket = slips.ticket(person("volunteer"), booking_id=booked, now=now)
    assert len(base64_decode(ticket.rpartition(".")[2])) * 8 == 256


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize("ticket", ["", "b", ".", "..", "あ", "WyJiIl0.x", "\x00", "a" * 10_000])
def test_an_invented_address_is_refused(ticket: str, now: datetime) -> None:
    with refuses("slip_expired"):
        slips.read(ticket, now=now)


def test_the_address_holds_no_name(booked: str, now: datetime) -> None:
    ticket = slips.ticket(person("volunteer", "ボランティア"), booking_id=booked, now=now)
    assert ticket.isascii()
    with store.transaction() as write:
        write.run("UPDATE booking SET kana = 'スズキ キヨシ' WHERE id = :id", id=booked)
    again = slips.ticket(person("staff"), booking_id=booked, now=now)
    assert again == ticket


def test_another_key_makes_every_address_worthless(booked: str, now: datetime) -> None:
    ticket = slips.ticket(person("volunteer"), booking_id=booked, now=now)
    with store.transaction() as write:
        write.run("DELETE FROM setting WHERE key = 'slip_key'")
    with refuses("slip_expired"):
        slips.read(ticket, now=now)


def test_the_key_is_made_once_however_many_ask(booked: str, now: datetime) -> None:
    volunteer = person("volunteer")
    with ThreadPoolExecutor(8) as threads:
        tickets = list(
            threads.map(lambda _: slips.ticket(volunteer, booking_id=booked, now=now), range(8))
        )
    assert len(set(tickets)) == 1
    keys = store.rows("SELECT value FROM setting WHERE key = 'slip_key'")
    assert [len(row["value"]) for row in keys] == [64]
    assert slips.read(tickets[0], now=now)[0][0].id == booked


def test_a_slip_of_a_booking_that_is_gone(booked: str, now: datetime) -> None:
    ticket = slips.ticket(person("volunteer"), booking_id="none", now=now)
    with refuses("booking_unknown"):
        slips.read(ticket, now=now)
    [(found, meeting)] = slips.read(
        slips.ticket(person("volunteer"), booking_id=booked, now=now), now=now
    )
    assert meeting == schedule.get(found.class_id)
