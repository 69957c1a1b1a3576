"""How each restorer is trained: a table."""

from dataclasses import dataclass, replace

from retinaregen_core.specs import RestorerSpec


@dataclass(frozen=True)
class Recipe:
    """How one restorer is trained."""

    spec: RestorerSpec
    reconstruction: str
    kl_weight: float
    batch_size: int
    learning_rate: float
    size: int
    """Working size in pixels."""
    degraded: bool
    """Whether the process runs between clean and *degraded* photographs."""
    share_at_start: float
    """Share of samples drawn at ``start_timestep`` itself, where every restoration begins; the rest is uniform."""
    part: str = "whole"
    """Row of ``PARTS``: what of the network learns."""
    light_rate: float = 1.0
    """Learning rate of the flagship's light correction as a share of the others'; 0 keeps it as it is."""
    walks: bool = False
    """Whether ``x_t`` between the ends is made of the network's own first estimate, as in use, not of the reference."""
    mix: str = "all"
    """Row of ``MIXES``: how often each degradation is drawn."""
    scored: bool = True
    """Whether the condition gets the classifier's scores of the degraded photograph; random ones otherwise."""
    crop: int | None = None
    """Side of the square, at :attr:`size`, that the network sees of each photograph; its condition sees all of it."""


FLAGSHIP = RestorerSpec(
    restorer="flagship",
    process="bridge",
    start_timestep=999,
    num_steps=2,
    image_size=512,
    width=32,
    latent_dim=16,
)
REGRESSION = replace(FLAGSHIP, restorer="regression", num_steps=1, width=40)
ALL_BUT_LIGHT = Recipe(
    FLAGSHIP, "log_mse_with_detail", 1e-6, 8, 4e-4, 512, True, 0.7, light_rate=0.0, walks=True, mix="detail", crop=256
)
RECIPES = {
    "paper": Recipe(RestorerSpec(), "bce", 1.0, 6, 1e-3, 256, degraded=False, share_at_start=0.0),
    "flagship-light": Recipe(
        FLAGSHIP, "charbonnier", 0.0, 16, 5e-4, 256, True, 1.0, part="light", mix="light", scored=False
    ),
    "flagship-clinic": Recipe(
        FLAGSHIP, "charbonnier_with_detail", 0.0, 16, 4e-4, 256, True, 1.0, part="light", mix="clinic", scored=False
    ),
    "flagship-blur": Recipe(
        FLAGSHIP, "log_mse_with_detail", 0.0, 8, 6e-4, 512, True, 0.7, part="sharpening", light_rate=0.0, crop=256
    ),
    "flagship": ALL_BUT_LIGHT,
    "flagship-fine": replace(ALL_BUT_LIGHT, reconstruction="log_mse_with_lpips", learning_rate=2e-4),
    "regression-small": Recipe(REGRESSION, "charbonnier", 0.0, 16, 7e-4, 128, True, 1.0, scored=False),
    "regression": Recipe(REGRESSION, "log_mse", 0.0, 4, 4e-4, 512, True, 1.0, scored=False),
}
"""The flagship learns in four runs: its light correction on many small pictures, then, on squares cut out of large
ones, the undoing of blur alone, everything but light, and at last the same with a light perceptual term. The regression
baseline sees the same two sizes."""
