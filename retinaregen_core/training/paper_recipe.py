"""The paper's recipe for any row of its comparisons."""

from dataclasses import replace

from retinaregen_core.specs import RestorerSpec
from retinaregen_core.training.recipes import RECIPES, Recipe


def paper_recipe(spec: RestorerSpec, size: int) -> Recipe:
    """How the paper restorer ``spec`` is trained at ``size`` px.

    A backbone that predicts the picture learns by BCE and KL divergence (section 2.5), one that predicts the noise by
    the mean squared error (section 2.4). A condition of each photograph's own is learnt from the degraded photograph,
    or it would tell the answer; the path between clean picture and noise stays the paper's.
    """
    recipe = RECIPES["paper"]
    predicts_picture = spec.prediction_type == "sample"
    return replace(
        recipe,
        spec=replace(spec, image_size=size),
        reconstruction="bce" if predicts_picture else "mse",
        kl_weight=recipe.kl_weight if predicts_picture else 0.0,
        size=size,
        degraded=spec.condition == "dynamic",
    )
