"""django-helpdesk's side of `bench.log_taps`; only django-helpdesk's own python can run it.

`python -m bench.helpdesk_side FOLDER PORT QUEUE…` makes a database in FOLDER with these queues and
one member of staff (NAME, SECRET), and serves the whole of django-helpdesk on this machine's PORT.
"""

import sys
from pathlib import Path

NAME, SECRET = "volunteer", "bench-only-secret"


def main() -> None:
    folder, port, *queues = sys.argv[1:]
    _configure(Path(folder))
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.core.servers.basehttp import get_internal_wsgi_application, run

    call_command("migrate", verbosity=0)
    _fill(queues)
    run("127.0.0.1", int(port), StaticFilesHandler(get_internal_wsgi_application()), threading=True)


def _configure(folder: Path) -> None:
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="bench",
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.humanize",
            "rest_framework",
            "helpdesk",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "helpdesk.sqlite3"),
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        LOGIN_URL="/login/",
        MEDIA_ROOT=str(folder / "media"),
        ROOT_URLCONF="bench.helpdesk_side",
        SITE_ID=1,
        STATIC_URL="/static/",
        USE_TZ=True,
    )
    django.setup()


def _fill(queues: list[str]) -> None:
    from django.contrib.auth.models import User
    from helpdesk.models import Queue

    User.objects.create_superuser(NAME, "volunteer@example.org", SECRET)
    for n, name in enumerate(queues):
        Queue.objects.create(title=name, slug=f"queue-{n}", allow_public_submission=False)


def __getattr__(name: str) -> object:
    """The addresses, read only once django is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.contrib import admin
    from django.urls import include, path

    return [path("admin/", admin.site.urls), path("", include("helpdesk.urls"))]


if __name__ == "__main__":
    main()
