"""Small tables of the navigator: a YAML file of data/guide whose keys are names."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from desk.files import UnreadableFile
from desk.guide.source import Part, part

FOLDER = Path(__file__).parent.parent.parent / "data" / "guide"
Kept = TypeVar("Kept")


class Shelf(Mapping[str, Kept]):
    """What a file holds by its keys, read when first asked for and once a process."""

    def __init__(self, name: str, make: Callable[[Part], Kept]) -> None:
        self.name = name
        self.make = make

    def read(self, folder: Path) -> dict[str, Kept]:
        """What the file of a folder holds.

        Raises:
            UnreadableFile: with line and reason.
        """
        where = f"data/guide/{self.name}"
        try:
            contents = (folder / self.name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile(where, None, "ファイルがないか、開けません") from error
        found = {}
        for key, one in part(contents, where).mappings():
            found[key] = self.make(one)
            one.all_used()
        return found

    @cached_property
    def _all(self) -> dict[str, Kept]:
        return self.read(FOLDER)

    def __getitem__(self, key: str) -> Kept:
        return self._all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
