"""Reading the navigator's YAML: every part knows its line, every reason is in plain words.

Pure: bytes in, values out. A mapping of the file becomes a `Part`, which hands out its fields
checked and complains about those nobody asked for.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

import yaml

from desk import my_number
from desk.files import UnreadableFile
from desk.guide import reading

Place = tuple[str | int, ...]  # the keys and positions that lead to a part of a file


class _Alias(yaml.YAMLError):
    """A `*name`: a file that points at itself would never end."""

    def __init__(self, mark: Any) -> None:
        super().__init__(mark)
        self.problem_mark = mark


class _Loader(yaml.SafeLoader):
    """Values as they stand, without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = cast(Any, self).peek_event()
            raise _Alias(event.start_mark)
        return super().compose_node(parent, index)


def part(contents: str, where: str) -> "Part":
    """The mapping a YAML text holds.

    Args:
        where: How reasons name the file.

    Raises:
        UnreadableFile: when it is not YAML, names a key twice, or is not a mapping.
    """
    loader = _Loader(contents)
    try:
        node = loader.get_single_node()
        lines = dict(_lines(node, (), where)) if node else {}
        value = loader.construct_document(node) if node else None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else None
        alias = isinstance(problem, _Alias)
        reason = "YAMLの別名（*）は使えません" if alias else "YAMLとして読めません"
        raise UnreadableFile(where, line, reason) from problem
    except RecursionError as problem:
        raise UnreadableFile(where, None, "YAMLの入れ子が深すぎます") from problem
    except ValueError as problem:
        raise UnreadableFile(where, None, "暦にない日付があります") from problem
    finally:
        loader.dispose()
    if not isinstance(value, dict):
        raise UnreadableFile(where, None, "「項目: 値」の形ではありません")
    return Part(where, value, lines, ())


def _lines(node: yaml.Node, place: Place, where: str) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if name in seen:
                raise UnreadableFile(where, line, f"「{name}」が2つあります")
            seen.add(name)
            yield from _lines(value, (*place, name), where)
            yield (*place, name), line
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*place, number), where)


class Part:
    """One mapping of a file; `place` leads to it from the top."""

    def __init__(
        self, where: str, fields: Mapping[Any, Any], lines: Mapping[Place, int], place: Place
    ) -> None:
        self.where = where
        self.fields = fields
        self.lines = lines
        self.place = place
        self.used: set[str] = set()

    def wrong(self, name: str, reason: str, *more: str | int) -> UnreadableFile:
        """A problem with a field, which `reason` goes on to tell: 「概要」が…."""
        place: Place = (*self.place, name, *more)
        while place and place not in self.lines:
            place = place[:-1]
        return UnreadableFile(self.where, self.lines.get(place), f"「{name}」{reason}")

    def value(self, name: str) -> Any:
        self.used.add(name)
        return self.fields.get(name)

    def text(self, name: str, *, needed: bool = True, read: bool = False) -> str:
        """A field of text; `read` when it may carry readings."""
        value = self.value(name)
        if value is None or value == "":
            if needed:
                raise self.wrong(name, "がありません" if name not in self.fields else "が空です")
            return ""
        return self.checked(name, value, read=read)

    def texts(self, name: str, *, read: bool = False) -> tuple[str, ...]:
        """A list of texts, which may be empty."""
        return tuple(self.checked(name, one, n, read=read) for n, one in self.items(name))

    def items(self, name: str) -> Iterator[tuple[int, Any]]:
        """A list of anything, with positions."""
        values = self.value(name)
        if values is None:
            return
        if not isinstance(values, list):
            raise self.wrong(name, "が「- 」で始まる一覧ではありません")
        yield from enumerate(values)

    def parts(self, name: str) -> Iterator["Part"]:
        """A list of mappings."""
        for n, one in self.items(name):
            if not isinstance(one, dict):
                raise self.wrong(name, "の中に「項目: 値」の形でないものがあります", n)
            yield Part(self.where, one, self.lines, (*self.place, name, n))

    def mappings(self) -> Iterator[tuple[str, "Part"]]:
        """Every field as a mapping of its own, for files whose keys are names."""
        for key, one in self.fields.items():
            name = str(key)
            self.used.add(name)
            if not isinstance(one, dict):
                raise self.wrong(name, "が「項目: 値」の形ではありません")
            yield name, Part(self.where, one, self.lines, (*self.place, name))

    def checked(self, name: str, value: Any, *more: str | int, read: bool = False) -> str:
        """A value that must be text, holds no long number, and closes its readings."""
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, 'が文ではありません（数や日付は " " で囲みます）', *more)
        if my_number.found_in(value):
            reason = "に12けた以上の数があります。マイナンバーは書けません"
            raise self.wrong(name, reason, *more)
        if read:
            try:
                reading.parts(value)
            except ValueError:
                reason = "のふりがなが「{漢字|かんじ}」の形ではありません"
                raise self.wrong(name, reason, *more) from None
        return value.strip()

    def key(self, name: str, known: Mapping[str, Any], *, needed: bool = True) -> str:
        """A field that holds one of the keys known elsewhere."""
        value = self.text(name, needed=needed)
        if value:
            self.known(name, value, known)
        return value

    def known(self, name: str, value: str, known: Mapping[str, Any], *more: str | int) -> None:
        if value not in known:
            raise self.wrong(
                name, f"の「{value}」は次のどれでもありません（{'、'.join(known)}）", *more
            )

    def day(self, name: str, *, needed: bool = True) -> date | None:
        value = self.value(name)
        if value is None and not needed:
            return None
        if type(value) is not date:
            raise self.wrong(name, "が日付（例 2026-04-01）ではありません")
        return value

    def all_used(self) -> None:
        """Every field was asked for; what was not is a slip of the pen."""
        for name in self.fields:
            if name not in self.used:
                raise self.wrong(str(name), "という項目はありません")
