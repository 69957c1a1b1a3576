"""Measured numbers and pictures as PNG figures, drawn without a display or global state."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from retinaregen_core.metrics.classification import Confusion, Curve, Reliability

DPI = 150


def pictures(
    rows: Sequence[tuple[str, Sequence[np.ndarray]]], columns: Sequence[str], title: str, path: Path, side: int = 440
) -> None:
    """A sheet of photographs: one labelled row per case, one named column per version.

    Args:
        rows: ``(caption, uint8 [H, W, 3] per column)``.
        columns: names of the columns.
        title: head of the sheet.
        path: PNG file to write.
        side: about so many pixels for each picture.
    """
    inches = side / DPI
    figure = Figure(figsize=(inches * len(columns) + 0.6, (inches + 0.2) * len(rows) + 0.6), layout="constrained")
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    for row, (caption, images) in enumerate(rows):
        for axes, image in zip(grid[row], images, strict=True):
            axes.imshow(image)
            axes.set(xticks=[], yticks=[])
        grid[row][0].set_ylabel(caption, fontsize=8)
    for axes, name in zip(grid[0], columns, strict=True):
        axes.set_title(name, fontsize=10)
    _save(figure, title, path)


def curves(lines: Mapping[str, Curve], names: tuple[str, str], title: str, path: Path) -> None:
    """ROC or precision-recall curves, one line per key.

    Args:
        lines: legend text -> curve with both axes in [0, 1].
        names: what the x axis and the y axis show.
        title: head of the figure.
        path: PNG file to write.
    """
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    axes = _unit_square(figure.subplots(), names)
    for name, curve in lines.items():
        axes.plot(curve.x, curve.y, label=name, linewidth=1.5)
    axes.legend(fontsize=8, loc="lower center")
    _save(figure, title, path)


def reliability_diagrams(bins: Mapping[str, Reliability], title: str, path: Path) -> None:
    """Probability against frequency, one panel per label; dot areas grow with the bin's number of photographs."""
    figure, panels = _panels(len(bins))
    for axes, (name, points) in zip(panels, bins.items(), strict=True):
        _unit_square(axes, ("probability", "share that is readable"))
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--")
        axes.plot(points.probability, points.frequency, linewidth=1)
        axes.scatter(points.probability, points.frequency, s=8 + 150 * points.photographs / points.photographs.sum())
        axes.set_title(name, fontsize=10)
    _save(figure, title, path)


def confusion_matrices(counts: Mapping[str, Confusion], title: str, path: Path) -> None:
    """Truth (rows) against decision (columns), one panel per label."""
    figure, panels = _panels(len(counts))
    for axes, (name, c) in zip(panels, counts.items(), strict=True):
        matrix = np.array([[c.true_positive, c.false_negative], [c.false_positive, c.true_negative]])
        axes.imshow(matrix, cmap="Blues", vmin=0, vmax=max(1, int(1.5 * matrix.max())))  # keeps the text readable
        for (row, column), count in np.ndenumerate(matrix):
            axes.text(column, row, str(count), ha="center", va="center")
        axes.set(xticks=[0, 1], yticks=[0, 1], xticklabels=["readable", "unreadable"])
        axes.set_yticklabels(["readable", "unreadable"], rotation=90, va="center")
        axes.set(xlabel="decision", ylabel="truth", title=name)
    _save(figure, title, path)


def _panels(number: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(3.2 * number, 3.6), layout="constrained")
    return figure, list(figure.subplots(1, number, squeeze=False)[0])


def _unit_square(axes: Axes, names: tuple[str, str]) -> Axes:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=names[0], ylabel=names[1], aspect="equal")
    axes.grid(color="0.9")
    return axes


def _save(figure: Figure, title: str, path: Path) -> None:
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, dpi=DPI)
