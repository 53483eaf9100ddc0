"""Which courses help with what is asked at a desk: data/topic_courses.yaml."""

from functools import lru_cache
from pathlib import Path

from desk import files
from desk.consultations import TOPICS
from desk.files import UnreadableFile

NAME = "topic_courses.yaml"
_DATA = Path(__file__).parents[3] / "data"


def read(folder: Path = _DATA) -> dict[str, tuple[str, ...]]:
    """The ids of the courses near to each key of `consultations.TOPICS`; none where there is none.

    Raises:
        UnreadableFile: when it is not there, names a topic the desk does not log, or one twice.
    """
    where = f"data/{NAME}"
    try:
        contents = (folder / NAME).read_bytes()
    except OSError as error:
        raise UnreadableFile(where, None, "ファイルがないか、開けません") from error
    found: dict[str, tuple[str, ...]] = {}
    for line, cells in files.read_yaml(contents, where, {"topic", "courses"}):
        topic = cells["topic"]
        if topic not in TOPICS:
            raise UnreadableFile(where, line, f"相談の内容ではありません{files.shown(topic)}")
        if topic in found:
            raise UnreadableFile(where, line, f"2つあります{files.shown(topic)}")
        found[topic] = tuple(dict.fromkeys(cells["courses"].splitlines()))
    return {topic: found.get(topic, ()) for topic in TOPICS}


@lru_cache(maxsize=1)
def courses() -> dict[str, tuple[str, ...]]:
    """What `read` finds, once a process."""
    return read()
