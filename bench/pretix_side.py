"""pretix's side of `bench.race_vs_pretix`; only pretix's own python can run it.

`python -m bench.pretix_side PROCESSES CLASSES SEATS`, the database named by pretix's own
`PRETIX_…` variables. It makes an event series with one free product, a date and a quota of SEATS
per class, holds the contest twice, and prints what came of it as one line of JSON:
`api`, the whole order by proxy, and `core`, only the locked part of it.
"""

import importlib.metadata
import json
import sys
from collections.abc import Callable
from typing import Any

from bench.contest import BUSY, NONE, SEAT, contest

CREATED, REFUSED, CONFLICT = 201, 400, 409


def main() -> None:
    processes, classes, seats = map(int, sys.argv[1:])
    _prepare()
    found: dict[str, Any] = {"version": importlib.metadata.version("pretix")}
    ways: dict[str, Callable[[str], str]] = {"api": _order, "core": _order_core}
    for name, attempt in ways.items():
        dates = _dates(classes, seats)
        outcome = contest(processes, dates, seats, enter=(_enter, ()), attempt=attempt)
        found[name] = {
            "per_s": outcome.per_s,
            "seconds": outcome.seconds,
            "told": outcome.told,
            "oversold": max(outcome.oversold, _sold_above_quota(seats)),
        }
    print(json.dumps(found))


def _prepare() -> None:
    """The schema, an organizer with one team's token, an event series and its one product."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils.timezone import now
    from django_scopes import scopes_disabled
    from pretix.base.models import Event, Organizer

    call_command("migrate", verbosity=0)
    with scopes_disabled():
        organizer = Organizer.objects.create(name="Race", slug="race")
        organizer.teams.create(name="Desk", all_events=True).tokens.create(name="Desk")
        event = Event.objects.create(
            organizer=organizer,
            name="Race",
            slug="race",
            date_from=now(),
            currency="EUR",
            live=True,
            has_subevents=True,
            plugins="",
        )
        event.items.create(name="Seat", default_price=0)


def _dates(count: int, seats: int) -> list[str]:
    """New dates of the series, one a day, each with its quota."""
    from datetime import timedelta

    from django.utils.timezone import now
    from django_scopes import scopes_disabled
    from pretix.base.models import Event

    with scopes_disabled():
        event = Event.objects.get(slug="race")
        dates = []
        for day in range(count):
            starts = now() + timedelta(days=day + 1)
            date = event.subevents.create(name="Class", active=True, date_from=starts)
            event.quotas.create(name="Seats", size=seats, subevent=date).items.add(
                event.items.get()
            )
            dates.append(str(date.pk))
        return dates


def _enter() -> None:
    """In each process: pretix loaded, a connection open, what every order needs read once."""
    global _desk
    import django

    django.setup()
    from django_scopes import scopes_disabled
    from pretix.api.views.order import EventOrderViewSet
    from pretix.base.models import Event, TeamAPIToken
    from rest_framework.test import APIRequestFactory

    with scopes_disabled():
        event = Event.objects.select_related("organizer").get(slug="race")
        _desk = {
            "event": event,
            "token": TeamAPIToken.objects.get(),
            "item": event.items.get().pk,
            "requests": APIRequestFactory(),
            "create": EventOrderViewSet.as_view(
                {"post": "create"}, authentication_classes=[], permission_classes=[]
            ),
        }


def _request(date: str) -> tuple[Any, dict[str, Any]]:
    position = {"item": _desk["item"], "subevent": int(date), "attendee_name": "ヤマダ ハナ"}
    order = {"locale": "en", "sales_channel": "web", "positions": [position]}
    request = _desk["requests"].post("/", order, format="json")
    request.event, request.organizer = _desk["event"], _desk["event"].organizer
    return request, order


def _order(date: str) -> str:
    """What the order API does once it knows who asks, up to the answer's facts."""
    from django.contrib.auth.models import AnonymousUser
    from django_scopes import scope
    from rest_framework.test import force_authenticate

    request, _facts = _request(date)
    force_authenticate(request, user=AnonymousUser(), token=_desk["token"])
    with scope(organizer=request.organizer):
        answer = _desk["create"](request, organizer="race", event="race")
    if answer.status_code == REFUSED:
        return _full(answer.data)
    return {CREATED: SEAT, CONFLICT: BUSY}[answer.status_code]


def _order_core(date: str) -> str:
    """Only the transaction that takes the quota's lock and writes the order."""
    from django.db import transaction
    from django_scopes import scope
    from pretix.api.serializers.order import OrderCreateSerializer
    from pretix.base.services.locking import LockTimeoutException
    from rest_framework.exceptions import ValidationError

    request, facts = _request(date)
    context = {"event": request.event, "request": request, "auth": _desk["token"]}
    try:
        with scope(organizer=request.organizer), transaction.atomic():
            order = OrderCreateSerializer(data=facts, context=context)
            order.is_valid(raise_exception=True)
            order.save()
    except ValidationError as refused:
        return _full(refused.detail)
    except LockTimeoutException:
        return BUSY
    return SEAT


def _full(refusal: object) -> str:
    if "quota" not in str(refusal):
        raise RuntimeError(f"pretix refused an order, and not because its date is full: {refusal}")
    return NONE


def _sold_above_quota(seats: int) -> int:
    """People in the database above the seats there are, summed over all dates."""
    from django.db.models import Count
    from django_scopes import scopes_disabled
    from pretix.base.models import OrderPosition

    with scopes_disabled():
        sold = OrderPosition.objects.values("subevent").annotate(people=Count("pk"))
        return sum(max(0, row["people"] - seats) for row in sold)


if __name__ == "__main__":
    main()
