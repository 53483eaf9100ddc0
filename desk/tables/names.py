"""Finding a thing by its id or its name as a person wrote it, and writing it so that it is found.

A name that is there twice, or that a file could not carry, is written as its id.
"""

from collections.abc import Iterable

from desk.files import shown
from desk.places import loose
from desk.store.engine import Row
from desk.tables import cells, sheet


class Names:
    """Things of one kind: rows with id, name and active (1 before 0 where names are the same)."""

    def __init__(self, rows: Iterable[Row], *, listed: bool = False) -> None:
        """`listed`: they are written in lists, so that a name with 、 in it is no good."""
        self._names: dict[str, str] = {}
        self._exact: dict[str, list[str]] = {}
        self._alike: dict[str, list[str]] = {}
        self._listed = listed
        self._written: dict[tuple[str, str], str] = {}
        for row in sorted(rows, key=lambda row: (-row["active"], row["id"])):
            self._names[row["id"]] = row["name"]
            for index, key in ((self._exact, row["name"]), (self._alike, loose(row["name"]))):
                found = index.setdefault(key, [])
                # A name of long ago is not in the way of one that is in use.
                if row["active"] or not found:
                    found.append(row["id"])

    def find(self, typed: str) -> str:
        """The id of what was written.

        Raises:
            ValueError: when it is empty, unknown, or one of several.
        """
        if not typed:
            raise ValueError("が空です")
        if typed in self._names:
            return typed
        found = self._exact.get(typed) or self._alike.get(loose(typed), [])
        if len(found) > 1:
            raise ValueError(f"がいくつもあります。IDで書いてください{shown(typed)}")
        if found:
            return found[0]
        if cells.plain(typed) in self._names:
            return cells.plain(typed)
        raise ValueError(f"が一覧にありません{shown(typed)}")

    def write(self, id: str, encoding: str = "utf-8-sig") -> str:
        """The name, or the id where the name would not be found again."""
        if (id, encoding) not in self._written:
            name = self._names.get(id, id)
            self._written[id, encoding] = name if self._found_again(name, id, encoding) else id
        return self._written[id, encoding]

    def _found_again(self, name: str, id: str, encoding: str) -> bool:
        if sheet.carried(name, encoding) != name or name != name.strip() or "\n" in name:
            return False
        if self._listed and cells.parts(name) != [name]:
            return False
        try:
            return self.find(name) == id
        except ValueError:
            return False
