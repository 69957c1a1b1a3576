"""The paper's static condition: features of all readable photographs, pooled (paper section 4)."""

from collections.abc import Iterable

import torch
from torch import Tensor

from retinaregen_core.nets.extractor import AttentionExtractor


@torch.no_grad()
def pool_condition(extractor: AttentionExtractor, batches: Iterable[Tensor]) -> Tensor:
    """Mean over all photographs of the extractor's features: ``[1, 256, h, w]``.

    Args:
        extractor: in evaluation mode.
        batches: ``[B, 3, S, S]`` in [-1, 1], readable photographs only; at least one.
    """
    total, count = torch.zeros(()), 0
    for images in batches:
        total = total + extractor(images).sum(dim=0, keepdim=True)
        count += len(images)
    return total / count
