"""The table that a run prints, line by line as the figures come."""

from collections.abc import Sequence
from statistics import median

from bench.measure import Bounds, Figure

WIDTHS = (52, 14, 14, 22, 8, 8, 13)
HEADS = ("figure", "ours", "floor", "ratio (min..max)", "gate", "goal", "verdict")


def head() -> str:
    return f"{line(HEADS)}\n{line(['-' * width for width in WIDTHS])}"


def row(figure: Figure) -> str:
    gate, goal = bounds_of(figure.bounds)
    return line(
        (
            figure.name,
            amount(figure.ours, figure.unit),
            amount(figure.floor, figure.unit),
            spread(figure) if figure.ours and figure.floor else "",
            gate,
            goal,
            figure.verdict,
        )
    )


def line(cells: Sequence[str]) -> str:
    first, *others = zip(cells, WIDTHS, strict=True)
    text = [f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in others)]
    return "  ".join(text).rstrip()


def amount(figures: Sequence[float], unit: str) -> str:
    return f"{short(median(figures))} {unit}".strip() if figures else "–"


def spread(figure: Figure) -> str:
    ratios = figure.ratios
    return f"{median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"


def bounds_of(bounds: Bounds | None) -> tuple[str, str]:
    if bounds is None:
        return "", ""
    sign = "≥" if bounds.more_is_better else "≤"
    return f"{sign} {bounds.gate:g}", f"{sign} {bounds.goal:g}"


def short(number: float) -> str:
    """Return three figures of a number, whole thousands with their mark."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
