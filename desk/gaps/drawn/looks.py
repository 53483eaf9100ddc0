"""How the labels look, wherever they are drawn: a colour and a shape each, never a colour alone."""

from dataclasses import dataclass

from desk.gaps.labels import CANNOT_TELL, CROWDED, ENOUGH, FAR, NOT_COMING, NOT_REACHED


@dataclass(frozen=True)
class Look:
    """A label's colour, its shape as a character, and the same as an SVG path in 32 × 32; `ground`
    is how strongly its colour covers the ground, 0 to 1."""

    fill: str
    shape: str
    path: str
    ground: float
    hatched: bool = False


_CIRCLE = "M16 5A11 11 0 1 1 16 27A11 11 0 1 1 16 5Z"
LOOKS = {
    NOT_REACHED: Look("#A32A14", "▲", "M16 3L30 28H2Z", 0.5),
    FAR: Look("#A65A00", "■", "M5 5H27V27H5Z", 0.45),
    NOT_COMING: Look("#6B3FA0", "◆", "M16 2L30 16L16 30L2 16Z", 0.45),
    CROWDED: Look("#1D5FA8", "✚", "M11 3H21V11H29V21H21V29H11V21H3V11H11Z", 0.4),
    ENOUGH: Look("#2E7D4F", "●", _CIRCLE, 0.25),
    CANNOT_TELL: Look("#5B6B66", "○", _CIRCLE, 0.0, hatched=True),
}
_HATCH = "M9 23L23 9M6 18L18 6M14 26L26 14"


def drawn(label: str, *, firm: bool = True) -> str:
    """The mark of a label as SVG in 32 × 32; hollow where it is not firm, hatched where it cannot
    be told."""
    look = LOOKS[label]
    hollow = look.hatched or not firm
    inside, edge = ("#FFFFFF", look.fill) if hollow else (look.fill, "#FFFFFF")
    dash = ' stroke-dasharray="4 3"' if hollow and not look.hatched else ""
    hatch = f'<path d="{_HATCH}" stroke="{look.fill}" stroke-width="2"/>' if look.hatched else ""
    return (
        f'<path d="{look.path}" fill="{inside}" stroke="{edge}" stroke-width="2.5" '
        f'stroke-linejoin="round"{dash}/>{hatch}'
    )


def pixels(label: str) -> int:
    """How large its mark is: what asks for nothing is smaller."""
    return 18 if label in (ENOUGH, CANNOT_TELL) else 26


def svg(label: str, *, firm: bool = True) -> str:
    """The mark of a label as a picture of its own, 26 × 26 with its margin."""
    size = pixels(label)
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 32 32" aria-hidden="true" '
        f'style="margin:{(26 - size) // 2}px">{drawn(label, firm=firm)}</svg>'
    )
