"""The desk's command line: `python -m desk COMMAND`."""

import sys
from datetime import datetime
from pathlib import Path

import click

from desk import (
    audit,
    backups,
    heads,
    people,
    population,
    restoring,
    retention,
    start,
    store,
    times,
    trial,
)
from desk.language import catalogue, say

UNPREPARED = ("backup", "restore", "check", "encrypt", "decrypt")  # these touch the file as it is


@click.group(help="まちかどデスク: prepare, try and begin.")
@click.pass_context
def cli(context: click.Context) -> None:
    if context.invoked_subcommand not in UNPREPARED:
        if context.invoked_subcommand != "audit":  # it says itself where the chain is broken
            restoring.sound(now=times.now())
        store.migrate()
        audit.check_key()


@cli.command(help="Make the database, load data/ and venues/, show the one-time password.")
def prepare() -> None:
    ready = start.prepare(now=times.now())
    click.echo(f"{ready.engine}: {', '.join(ready.loaded) or 'nothing new to load'}")
    if ready.first_admin:
        click.echo(first_sign_in(*ready.first_admin))


@cli.group("trial", help="The trial year (見本).")
def trial_group() -> None:
    pass


@trial_group.command("load", help="Load a trial year: classes, bookings, consultations, all 見本.")
def trial_load() -> None:
    _tell(trial.load(now=times.now()))


@trial_group.command("empty", help="Erase everything that is 見本, and begin for real.")
def trial_empty() -> None:
    _tell(trial.empty())


@cli.command("population-sample", help="Write data/population.csv anew by its rule (見本).")
def population_sample() -> None:
    click.echo(population.write_sample())


@cli.command("reset-admin", help="Give an administrator who forgot it a one-time password.")
@click.argument("name")
def reset_admin(name: str) -> None:
    click.echo(first_sign_in(name, people.reset_admin(name=name, now=times.now())))


@cli.group("audit", help="What was done at the desk, as a chain nobody can rewrite unseen.")
def audit_group() -> None:
    pass


@audit_group.command("verify", help="Check every row; name the first that is not as written.")
@click.option("--head", "known", multiple=True, help="A head that was mailed or printed.")
def audit_verify(known: tuple[str, ...]) -> None:
    found = audit.verify(known=known)
    for line in audit.sentences(found, "ja"):
        click.echo(line)
    if found.broken:
        sys.exit(1)


@audit_group.command(
    "head", help="Note the last row in the second place; show it to mail or print."
)
def audit_head() -> None:
    found = heads.write(times.now()) or audit.last()
    click.echo(heads.text(found) if found else catalogue("ja").gettext(audit.EMPTY))


@cli.command("retention", help="Say what leaves by itself and when, or erase what is due.")
@click.option("--erase", is_flag=True, help="Erase now what is due (the daily run does so).")
def leave(*, erase: bool) -> None:
    now = times.now()
    with store.snapshot() as reader:
        found = retention.look(reader, now)
    _ = catalogue("ja").gettext
    for one in found:
        click.echo(
            _("{what}: {n} days, {there} there, {due} due, next on {day}").format(
                what=_(one.label),
                n=one.days,
                there=one.there,
                due=one.due,
                day=one.next_on or "-",
            )
        )
    today = times.show_day_long(times.today(now), "ja")
    if erase and click.confirm(
        _("Is today {day}? What is erased does not come back.").format(day=today)
    ):
        done = retention.run(now=now, sure=True)
        _tell(done.erased)
        if not done.traceless:
            click.echo(_("Others are reading: the last traces go with the next run."))


@cli.command(help="Make a backup now, in every place.")
def backup() -> None:
    made = backups.make(now=times.now())
    click.echo(f"{made.file}  {made.size:,} bytes")
    for concern in backups.concerns():
        click.echo(say(concern, "ja"), err=True)


@cli.command(help="Read the whole database, and the newest backup of every place.")
def check() -> None:
    now = times.now()
    restoring.sound(now=now)
    if not backups.here():
        click.echo(store.engine().version())
        return
    found = restoring.rehearse(now=now)
    click.echo(
        "異常はありません / nothing is wrong: " + ", ".join(f"{k} {n}" for k, n in found.items())
    )


@cli.command(help="Go on with a backup: the newest good one. The desk must be stopped.")
@click.option("--from", "file", type=click.Path(path_type=Path), help="Another one: its file.")
@click.option("--list", "listed", is_flag=True, help="Only list them, the newest first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path | None, listed: bool, yes: bool) -> None:
    now = times.now()
    if listed:
        for place in backups.places():
            click.echo(place)
            for one in backups.all_of(place, now=now):
                click.echo(f"  {_when(one.made_at)}  {one.size:>13,}  {one.file}")
        return
    if not yes:
        click.confirm(
            "いまのデータを横に置いて、バックアップにもどします。よいですか？ / "
            "Put the present database aside and go on with a backup?",
            abort=True,
        )
    done = restoring.restore(now=now, file=file)
    for refusal in done.unsound:
        click.echo(f"  ! {say(refusal, 'ja')}", err=True)
    when = _when(done.until)
    click.echo(
        f"{done.backup.file}\n"
        f"  {when} のデータにもどりました。それよりあとの記録は入っていません。\n"
        f"  Back at {when}; what was recorded later is not in it."
    )
    if done.aside:
        click.echo(f"  前のファイル / the file before: {done.aside}")


@cli.command(help="Write the database encrypted into FILE; DESK_DATABASE_KEY is its new key.")
@click.argument("file", type=click.Path(path_type=Path))
def encrypt(file: Path) -> None:
    restoring.encrypt(file)
    _next(file)


@cli.command(help="Write the encrypted database without encryption into FILE.")
@click.argument("file", type=click.Path(path_type=Path))
def decrypt(file: Path) -> None:
    restoring.decrypt(file)
    _next(file)


def _next(file: Path) -> None:
    click.echo(f"{file}\n  DESK_DATABASE={file}")


def _when(moment: datetime) -> str:
    return f"{times.local(moment):%Y-%m-%d %H:%M}"


def first_sign_in(name: str, password: str) -> str:
    """What the terminal says to an administrator without a password of their own."""
    return (
        "\n  最初のサインイン / First sign-in  →  /sign-in\n"
        f"    なまえ / name:  {name}\n"
        f"    一度だけのパスワード / one-time password:  {password}\n"
    )


def _tell(counts: dict[str, int]) -> None:
    for table, count in counts.items():
        click.echo(f"{table}: {count}")


def main() -> None:
    """Run a command; a refusal or an unreadable file is a sentence, not a traceback."""
    try:
        with start.machine():
            cli()
    except start.STOPPED as problem:
        sys.exit("\n".join(start.why_not(problem, "ja")))


if __name__ == "__main__":
    main()
