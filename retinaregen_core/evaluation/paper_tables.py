"""The paper's comparisons as data: its rows as specs, with the numbers it prints, and the rows it leaves to others.

Tang et al., "RetinaRegen: A Hybrid Model for Readability and Detail Restoration in Fundus Images", section 3.2. The
paper does not say against what, on how many photographs, at what size or with which LPIPS network it measured.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from retinaregen_core.specs import RestorerSpec

Range = tuple[float, float]


class Published(NamedTuple):
    """The paper's numbers, each as a range: figure 5 gives the losing backbones only together."""

    psnr: Range
    ssim: Range
    lpips: Range


@dataclass(frozen=True)
class PaperRow:
    """One line of a comparison."""

    title: str
    spec: RestorerSpec
    published: Published | None
    """None where the paper has no such row."""


@dataclass(frozen=True)
class PaperTable:
    """One comparison of the paper."""

    title: str
    source: str
    rows: tuple[PaperRow, ...]


PAPER = RestorerSpec()
"""The paper's choice: VAE, ResNet34 with self-attention, bilinear interpolation, static addition."""


def _exactly(psnr: float, ssim: float, lpips: float) -> Published:
    return Published((psnr, psnr), (ssim, ssim), (lpips, lpips))


BEST = _exactly(27.4521, 0.9556, 0.1911)
OTHER_BACKBONES = Published((9.4982, 10.5970), (0.0773, 0.2226), (0.5300, 0.7857))


def with_backbone(backbone: str) -> RestorerSpec:
    """A sigmoid cannot output Gaussian noise: the VAE predicts the picture, the other four predict the noise."""
    return replace(PAPER, backbone=backbone, prediction_type="sample" if backbone == "vae" else "epsilon")


def _extractor(title: str, name: str, published: Published) -> PaperRow:
    return PaperRow(title, replace(PAPER, extractor=name), published)


def _fusion(title: str, resize: str, weighting: str, published: Published | None) -> PaperRow:
    return PaperRow(title, replace(PAPER, resize=resize, weighting=weighting), published)


PAPER_TABLES: dict[str, PaperTable] = {
    "backbone": PaperTable(
        "Backbones",
        "figure 5 and section 3.2",
        (
            PaperRow("U-Net", with_backbone("unet"), OTHER_BACKBONES),
            PaperRow("U-Net++", with_backbone("unetpp"), OTHER_BACKBONES),
            PaperRow("ResNet", with_backbone("resnet"), OTHER_BACKBONES),
            PaperRow("DenseNet", with_backbone("densenet"), OTHER_BACKBONES),
            PaperRow("VAE", PAPER, BEST),
        ),
    ),
    "extractor": PaperTable(
        "Feature extraction",
        "table 1",
        (
            _extractor("Self-Attention", "none", _exactly(27.0733, 0.9461, 0.1736)),
            _extractor("Self-Attention+AlexNet", "alexnet", _exactly(25.7213, 0.9445, 0.2383)),
            _extractor("Self-Attention+ResNet18", "resnet18", _exactly(25.8058, 0.9320, 0.2092)),
            _extractor("Self-Attention+ResNet34", "resnet34", BEST),
            _extractor("Self-Attention+ResNet50", "resnet50", _exactly(26.4427, 0.9446, 0.1836)),
            _extractor("Self-Attention+VGG", "vgg16", _exactly(24.8090, 0.9106, 0.2038)),
            _extractor("Self-Attention+ResNeXt", "resnext50", _exactly(26.5226, 0.9458, 0.1939)),
            _extractor("Self-Attention+MobileNet", "mobilenet_v2", _exactly(26.5648, 0.9202, 0.1511)),
        ),
    ),
    "fusion": PaperTable(
        "Feature fusion",
        "section 3.2; the last two rows are its future work",
        (
            _fusion("upsampling, static", "upsample", "static", _exactly(11.99, 0.350, 0.546)),
            _fusion("upsampling, dynamic", "upsample", "dynamic", _exactly(12.21, 0.681, 0.329)),
            _fusion("bilinear, static", "bilinear", "static", BEST),
            _fusion("bilinear, dynamic", "bilinear", "dynamic", _exactly(15.26, 0.713, 0.271)),
            _fusion("bilinear, weight by timestep", "bilinear", "timestep", None),
            PaperRow("bilinear, static, each photograph's own condition", replace(PAPER, condition="dynamic"), None),
        ),
    ),
}
"""Name on the command line -> comparison."""


def rows_of(names: Iterable[str]) -> Iterator[PaperRow]:
    """The rows of some tables, each spec once: the paper's choice stands in all of them."""
    yield from {row.spec: row for name in names for row in PAPER_TABLES[name].rows}.values()
