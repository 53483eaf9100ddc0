"""Long work with a bar that says how far it is."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
Progress = Callable[[int, int], None]
EVERY = 50  # rows between two moves of the bar


def watched(text: str, work: Callable[[Progress], T]) -> T:
    """Do the work, which tells how many of how many rows are done."""
    bar = st.progress(0.0, text)

    def progress(done: int, every: int) -> None:
        if done % EVERY == 0:
            bar.progress(done / every, f"{text} {done:,} / {every:,}")

    try:
        return work(progress)
    finally:
        bar.empty()
