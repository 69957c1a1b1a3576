"""Rules that a tool can check: no global randomness, small functions and files, nothing in git that must not be."""

import ast
import re
import statistics
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000

GLOBAL_RANDOMNESS = re.compile(
    r"""(torch\.(cuda\.)?(default_generator\.)?(manual_seed|seed|manual_seed_all)"""
    r"""|torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial)_like"""
    r"""|(np|numpy)\.random\.(?!default_rng|Generator|SeedSequence|PCG64)\w+"""
    r"""|random\.(seed|random|randint|randrange|choice|choices|sample|shuffle|uniform|gauss))$"""
)
NEEDS_GENERATOR = re.compile(r"torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial)$")
IN_PLACE_DRAW = {"normal_", "uniform_", "bernoulli_", "random_", "exponential_", "log_normal_", "trunc_normal_"}

RESEARCH_PHOTOGRAPH = re.compile(r"(srahim|idrid|heimed|diaretdb|odir|eyepacs|drimdb|drive_)", re.IGNORECASE)
PICTURE = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".ppm", ".dcm"}
MACHINE = re.compile(r"(?<![\w./])/(work|root)/|\.\./\.library|[p]ypi\.org|[p]ythonhosted|[a]rtifactory")


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tracked() -> list[Path]:
    """What git tracks or would track next."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def random_calls(source: str) -> list[str]:
    """Calls that draw from a generator which nobody passed in."""
    bad = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        is_seeded = any(keyword.arg == "generator" for keyword in call.keywords)
        unseeded_draw = not is_seeded and (NEEDS_GENERATOR.match(name) or name.rpartition(".")[2] in IN_PLACE_DRAW)
        if GLOBAL_RANDOMNESS.match(name) or (unseeded_draw and not name.startswith("nn.init.")):
            bad.append(f"line {call.lineno}: {ast.unparse(call)}")
    return bad


def function_lengths(path: Path) -> dict[str, int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f"{path.relative_to(ROOT)}:{f.lineno} {f.name}": code_lines(f) for f in functions}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and ast.get_docstring(function)
    return length - ((first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0)


def test_test_modules_have_names_of_their_own() -> None:
    """Two of the same name in two folders stop the whole suite when it is collected."""
    names = [path.name for path in sources("tests") if path.name.startswith("test_")]
    assert [name for name in set(names) if names.count(name) > 1] == []


def test_core_draws_only_from_generators_that_were_passed_in() -> None:
    bad = {path.name: random_calls(path.read_text(encoding="utf-8")) for path in sources("retinaregen_core")}
    assert [name for name, calls in bad.items() if calls] == ["first_weights.py"]  # and it says why


@pytest.mark.parametrize(
    "line",
    [
        "torch.manual_seed(0)",
        "torch.default_generator.manual_seed(0)",
        "torch.cuda.manual_seed_all(0)",
        "np.random.seed(0)",
        "np.random.rand(3)",
        "torch.randn_like(x)",
        "torch.randn(3)",
        "x.normal_()",
        "random.shuffle(x)",
    ],
)
def test_global_randomness_is_seen(line: str) -> None:
    assert random_calls(line)


@pytest.mark.parametrize(
    "line", ["np.random.default_rng(0)", "torch.randn(3, generator=g)", "x.normal_(generator=g)", "rng.random(3)"]
)
def test_passed_generator_is_let_through(line: str) -> None:
    assert not random_calls(line)


def test_functions_are_short() -> None:
    lengths = {name: n for path in sources("retinaregen_core", "demo") for name, n in function_lengths(path).items()}
    assert not {name: n for name, n in lengths.items() if n > 60}
    assert statistics.median(lengths.values()) <= 8


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources("retinaregen_core", "demo")
    }
    assert not {name: n for name, n in lengths.items() if n > 300}


def test_docstring_does_not_count_as_code() -> None:
    function = ast.parse('def f():\n    """One.\n\n    Two."""\n    return 1').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert code_lines(function) == 2


def test_tracked_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in tracked()) < 110 * MEGABYTE


def test_no_research_photograph_is_tracked() -> None:
    pictures = [path for path in tracked() if path.suffix.lower() in PICTURE]
    assert not [path for path in pictures if RESEARCH_PHOTOGRAPH.search(path.name)]


def test_no_machine_is_named() -> None:
    """Neither one machine's paths nor a package registry's host: both hold only here and now."""
    bad = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            text = content.decode("utf-8")
            bad += [f"{path.relative_to(ROOT)}: {found.group()}" for found in MACHINE.finditer(text)]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("text", ["see /" + "work/main", "../" + ".library", "https://py" + "pi.org/simple"])
def test_machine_is_seen(text: str) -> None:
    assert MACHINE.search(text)


@pytest.mark.parametrize("name", ["IDRiD_01.png", "drive_21.jpg", "odir_12_left.JPG"])
def test_research_photograph_is_seen(name: str) -> None:
    assert RESEARCH_PHOTOGRAPH.search(name)
