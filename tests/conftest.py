"""What many tests need: a drawn photograph, a model small enough for a test, real photographs if they are here."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from torch import nn
from xdist.scheduler import LoadScopeScheduling

from retinaregen_core import weights
from retinaregen_core.evaluation import statistics
from retinaregen_core.imaging.phantom import Phantom, draw
from retinaregen_core.metrics.similarity import LPIPS_BACKBONE
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.reader import Reader
from retinaregen_core.nets.restorers import RESTORERS
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.specs import LocalSpec, ReadabilitySpec, RestorerSpec
from retinaregen_core.weights import Checkpoint

Network = TypeVar("Network", bound=nn.Module)
PAGE = "tests/demo/"
OWN_SERVER = "tests/demo/test_space.py"
LONG = (PAGE, "tests/training/", "tests/test_command_line.py", "tests/evaluation/", "tests/test_ablations.py")
BACKBONE_HOMES = (Path(torch.hub.get_dir()), Path(__file__).parents[2] / "shared" / "torch_home" / "hub")


class PageAndRest(LoadScopeScheduling):
    """The tests that share a page in one process, which so needs one server and one browser; the others by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return PAGE if file.startswith(PAGE) and file != OWN_SERVER else file


@pytest.hookimpl(optionalhook=True)  # -p no:xdist works, too
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return PageAndRest(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, or one process has to wait for the other at the end."""
    items.sort(key=lambda item: next((i for i, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG)))


@pytest.fixture(scope="module")
def few_draws() -> Iterator[None]:
    """For modules in which no interval is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "REPLICATES", 50)
        yield


TINY_RESTORER = RestorerSpec(
    restorer="flagship", process="bridge", start_timestep=999, num_steps=3, image_size=64, width=8, latent_dim=4
)
TINY_READABILITY = ReadabilitySpec(image_size=96)


def initialised(make: Callable[[], Network], seed: int) -> Network:
    """Draw every weight from one seed, zero-initialised layers included, so that nothing is a trivial identity."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        network = make()
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.normal_(std=weight[0].numel() ** -0.5)
    return network


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    """A drawn 512 px fundus with its truth."""
    return draw(0, 512)


@pytest.fixture(scope="session")
def tiny_model() -> RetinaRegen:
    """The whole product on networks of a few thousand weights (and one InceptionV3 at 96 px), on the CPU."""
    restorer = initialised(lambda: RESTORERS["flagship"](TINY_RESTORER), 1)
    classifier = initialised(lambda: ReadabilityClassifier(TINY_READABILITY), 2)
    with torch.no_grad():  # so small a network says nothing of a picture; what it says is decided here, not by chance
        classifier.network.fc.bias.copy_(torch.tensor([0.02, -0.02, 0.01, -0.01]))

    def checkpoint(name: str, digit: str) -> Checkpoint:
        return Checkpoint(name, Path(name), None, None, digit * 64, "c" * 64, False, "drawn at random for tests")

    known = checkpoint("flagship", "1"), checkpoint("readability", "2")
    local = initialised(lambda: LocalReadability(LocalSpec(known[1].sha256)), 3)
    return RetinaRegen(restorer, Reader(classifier, local), *known, "cpu")


@pytest.fixture(scope="session")
def tiny_checkpoints(tiny_model: RetinaRegen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of these networks with its manifest, as ``checkpoints/`` is one; for whoever only reads it."""
    root = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(weights.CHECKPOINTS_VARIABLE, str(root))
        for name, network in {"flagship": tiny_model.restorer, "readability": tiny_model.classifier}.items():
            weights.save(network, root / name)
            weights.record(name, root / name, "drawn at random for tests")
    return root


@pytest.fixture(scope="session")
def restored(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    """Of the drawn photograph, by default; for whoever only reads it."""
    return tiny_model.restore(phantom.image)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The research photographs, which are never part of the project."""
    root = Path(os.environ.get("RETINAREGEN_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (root / "manifest.csv").is_file():
        pytest.skip("no research photographs here (RETINAREGEN_DATA)")
    return root


@pytest.fixture
def backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    """LPIPS' SqueezeNet from a folder on this disk; without one the test is skipped."""
    homes = [home for home in BACKBONE_HOMES if (home / "checkpoints" / LPIPS_BACKBONE).is_file()]
    if not homes:
        pytest.skip(f"{LPIPS_BACKBONE} is not on this disk")
    monkeypatch.setenv("TORCH_HOME", str(homes[0].parent))
