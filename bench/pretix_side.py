"""pretix's side of `bench.race_vs_pretix`; only pretix's own python can run it.

`python -m bench.pretix_side PROCESSES CLASSES SEATS`, the database named by pretix's own
`PRETIX_…` variables. It makes an event series with one free product, a date and a quota of SEATS
per class, holds the contest, and prints what came of it as one line of JSON.
"""

import importlib.metadata
import json
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from bench.contest import BUSY, NONE, SEAT, contest

CREATED, REFUSED, CONFLICT = 201, 400, 409


def main() -> None:
    processes, classes, seats = map(int, sys.argv[1:])
    _start()
    dates = _prepare(classes, seats)
    outcome = contest(processes, dates, seats, enter=(_enter, ()), attempt=_attempt)
    print(
        json.dumps(
            asdict(outcome)
            | {
                "version": importlib.metadata.version("pretix"),
                "sold_above_quota": _sold_above(seats),
                "positions": _positions(dates[1:]),
            }
        )
    )


def _start() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _prepare(classes: int, seats: int) -> list[str]:
    from django.utils.timezone import now
    from django_scopes import scopes_disabled
    from pretix.base.models import Event, Organizer

    with scopes_disabled():
        organizer = Organizer.objects.create(name="Race", slug="race")
        organizer.teams.create(name="Desk", all_events=True).tokens.create(name="Desk")
        event = Event.objects.create(
            organizer=organizer,
            name="Race",
            slug="race",
            date_from=now() + timedelta(days=1),
            currency="EUR",
            live=True,
            has_subevents=True,
            plugins="",
        )
        item = event.items.create(name="Seat", default_price=0)
        dates = []
        for day in range(classes):
            starts = now() + timedelta(days=day + 1)
            date = event.subevents.create(name="Class", active=True, date_from=starts)
            quota = event.quotas.create(name="Seats", size=seats, subevent=date)
            quota.items.add(item)
            dates.append(str(date.pk))
        return dates


def _enter() -> None:
    """In each process: pretix loaded, a connection open, the event read once."""
    global _desk
    import django

    django.setup()
    from django_scopes import scopes_disabled
    from pretix.api.views.order import EventOrderViewSet
    from pretix.base.models import Event, TeamAPIToken
    from rest_framework.test import APIRequestFactory

    with scopes_disabled():
        _desk = {
            "event": Event.objects.select_related("organizer").get(slug="race"),
            "token": TeamAPIToken.objects.get(),
            "item": Event.objects.get(slug="race").items.get().pk,
            "requests": APIRequestFactory(),
            "view": EventOrderViewSet.as_view(
                {"post": "create"}, authentication_classes=[], permission_classes=[]
            ),
        }


def _attempt(date: str) -> str:
    """One order by proxy: what `POST …/orders/` runs once the caller's rights are known."""
    from django.contrib.auth.models import AnonymousUser
    from django_scopes import scope
    from rest_framework.test import force_authenticate

    event = _desk["event"]
    position = {"item": _desk["item"], "subevent": int(date), "attendee_name": "ヤマダ ハナ"}
    order: dict[str, Any] = {"locale": "en", "sales_channel": "web", "positions": [position]}
    request = _desk["requests"].post("/", order, format="json")
    request.event, request.organizer = event, event.organizer
    force_authenticate(request, user=AnonymousUser(), token=_desk["token"])
    with scope(organizer=event.organizer):
        answer = _desk["view"](request, organizer="race", event="race")
    if answer.status_code == REFUSED and "quota" not in str(answer.data):
        raise RuntimeError(f"pretix refused for another reason: {answer.data}")
    return {CREATED: SEAT, REFUSED: NONE, CONFLICT: BUSY}[answer.status_code]


def _sold_above(seats: int) -> int:
    """People in the database above the seats there are, summed over all dates."""
    from django.db.models import Count
    from django_scopes import scopes_disabled
    from pretix.base.models import OrderPosition

    with scopes_disabled():
        sold = OrderPosition.objects.values("subevent").annotate(people=Count("pk"))
        return sum(max(0, row["people"] - seats) for row in sold)


def _positions(dates: list[str]) -> int:
    from django_scopes import scopes_disabled
    from pretix.base.models import OrderPosition

    with scopes_disabled():
        return OrderPosition.objects.filter(subevent__in=dates, order__status="p").count()


if __name__ == "__main__":
    main()
