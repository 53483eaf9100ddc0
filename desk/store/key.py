"""The desk's own key, which is never in the database: what it is, and keys derived from it.

It comes from `DESK_KEY` (a secret text of 32 characters or more), from the file that
`DESK_KEY_FILE` names (systemd's LoadCredential= gives one), or from data/desk.key, which is made
at the first start for its owner's eyes only.

An encrypted database has a key of its own, `DESK_DATABASE_KEY` or `DESK_DATABASE_KEY_FILE`.
"""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

DEFAULT = Path(__file__).parent.parent.parent / "data" / "desk.key"
LEAST = 32  # characters


class NoKey(RuntimeError):
    """There is no key, or one too short to be one."""


def derived(label: str) -> bytes:
    """A key of 32 bytes for one use (HMAC-SHA256 of the label), so that no use weakens another.

    Raises:
        NoKey: the environment names a key that is none.
    """
    return hmac.digest(_key(*_named()), label.encode(), hashlib.sha256)


def fingerprint() -> str:
    """Tells two keys apart and says nothing else of them: 16 hexadecimal characters."""
    return derived("fingerprint").hex()[:16]


def there() -> bool:
    """Whether there is a key, or one would be made."""
    return any(_named()) or DEFAULT.exists()


def database() -> str:
    """The key of an encrypted database, 64 hexadecimal characters; "" when it is not encrypted.

    Raises:
        NoKey: the environment names a key that is none.
    """
    named = os.environ.get("DESK_DATABASE_KEY", ""), os.environ.get("DESK_DATABASE_KEY_FILE", "")
    return _of_database(*named) if any(named) else ""


@lru_cache(maxsize=8)
def _of_database(text: str, file: str) -> str:
    # Slow on purpose, and once: SQLCipher's own way would be slow at every opening.
    stretched = hashlib.scrypt(
        _long_enough(text or _read(Path(file))), salt=b"machikado-desk database", n=2**14, r=8, p=1
    )
    return stretched[:32].hex()


def _named() -> tuple[str, str]:
    return os.environ.get("DESK_KEY", ""), os.environ.get("DESK_KEY_FILE", "")


@lru_cache(maxsize=8)
def _key(text: str, file: str) -> bytes:
    if not text:
        text = _read(Path(file)) if file else _own()
    return _long_enough(text)


def _long_enough(text: str) -> bytes:
    if len(text.strip()) < LEAST:
        raise NoKey(f"a key has {LEAST} characters or more")
    return text.strip().encode()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise NoKey(f"{file}: {problem}") from problem


def _own() -> str:
    """The key beside the database, made unless there is one; never one that is half written."""
    if not DEFAULT.exists():
        DEFAULT.parent.mkdir(parents=True, exist_ok=True)
        made = DEFAULT.with_name(f"{DEFAULT.name}.{os.getpid()}")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(made, DEFAULT)  # fails where another process was first
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return _read(DEFAULT)
