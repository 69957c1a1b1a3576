"""The order of the house: a module imports only from floors below its own, and some libraries have one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = "retinaregen_core."

FLOORS = [  # lowest first
    {"errors", "specs", "requirements", "whole_files"},
    {"imaging", "diffusion", "metrics"},
    {"nets"},
    {"datasets", "manifest", "hub", "tensors", "weights"},
    {
        "model_card",
        "records",
        "uploads",
        "comparison",
        "ensemble",
        "calibration",
        "expected_error",
        "verdict",
        "pipeline",
        "report",
        "batch",
        "provenance",
        "derived_dicom",
        "verification",
    }
    | {"archive", "outcomes", "assessment", "reading"},
    {"training", "evaluation", "publish", "doctor", "packing"},
    {"ablations", "region_trial", "refusal_trial", "lesion_trial"},
    {"severity_trial", "local_trial", "landmark_trial"},
    {"commands"},
    {"__main__"},
]
SHARED_FLOORS = {0, 3, 4}
"""Floors whose modules may import each other; on the other floors neighbours do not know each other."""
TOP = {"demo": len(FLOORS), "app": len(FLOORS) + 1}

ONLY_IN = {
    "gradio": ("demo",),
    "typer": ("retinaregen_core.__main__", "retinaregen_core.commands"),
    "accelerate": ("retinaregen_core.training", "retinaregen_core.evaluation", "retinaregen_core.publish"),
    "matplotlib": ("retinaregen_core.training", "retinaregen_core.evaluation", "retinaregen_core.publish"),
}


def place(module: str) -> tuple[int, str] | None:
    """Floor and neighbour of one of our modules; the package itself shows the public names, so it has no floor."""
    parts = module.split(".")
    if parts[0] in TOP:
        return TOP[parts[0]], parts[0]
    if parts[0] != "retinaregen_core" or len(parts) == 1:
        return None
    levels = [level for level, names in enumerate(FLOORS) if parts[1] in names]
    assert levels, f"{module} stands on no floor: add it to FLOORS"
    return levels[0], parts[1]


def imports(source: str) -> Iterator[str]:
    """Every imported module; ``from package import name`` counts as ``package.name``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def points_down(importer: tuple[int, str], imported: tuple[int, str]) -> bool:
    same_floor = importer[0] == imported[0]
    return imported[0] < importer[0] or (same_floor and (importer[1] == imported[1] or importer[0] in SHARED_FLOORS))


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def violations(module: str, source: str) -> list[str]:
    here, bad = place(module), []
    for name in imports(source):
        for library, homes in ONLY_IN.items():
            if within(name, library) and not any(within(module, home) for home in homes):
                bad.append(f"{module} imports {library}, which belongs to {', '.join(homes)}")
        is_ours = name.startswith((CORE, "demo.", "app."))
        there = place(name) if is_ours and here else None
        if here and there and not points_down(here, there):
            bad.append(f"{module} (floor {here[0]}) imports {name} (floor {there[0]})")
    return bad


def modules() -> list[Path]:
    found = [*ROOT.glob("app.py"), *ROOT.glob("demo/**/*.py"), *ROOT.glob("retinaregen_core/**/*.py")]
    assert len(found) > 20
    return found


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_imports_only_point_down() -> None:
    bad = [text for path in modules() for text in violations(name_of(path), path.read_text(encoding="utf-8"))]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("retinaregen_core.imaging.framing", "import gradio as gr"),
        ("retinaregen_core.pipeline", "from typer import Typer"),
        ("retinaregen_core.weights", "from matplotlib import pyplot"),
        ("retinaregen_core.nets.layers", "from retinaregen_core import weights"),
        ("retinaregen_core.nets.layers", "def late():\n    import retinaregen_core.pipeline"),
        ("retinaregen_core.imaging.pixels", "from retinaregen_core.diffusion.schedule import Level"),
        ("retinaregen_core.training.loop", "from retinaregen_core.evaluation import tables"),
        ("retinaregen_core.__main__", "from demo import words"),
        ("demo.words", "import app.build"),
    ],
)
def test_violation_is_seen(module: str, source: str) -> None:
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("demo.interface", "import gradio as gr\nfrom retinaregen_core.pipeline import RetinaRegen"),
        (
            "retinaregen_core.weights",
            "from retinaregen_core import hub, manifest\nfrom retinaregen_core.nets import layers",
        ),
        ("retinaregen_core.imaging.framing", "from retinaregen_core.imaging import field_of_view"),
        ("retinaregen_core", "from retinaregen_core.pipeline import RetinaRegen"),
    ],
)
def test_permitted_import_is_let_through(module: str, source: str) -> None:
    assert violations(module, source) == []
