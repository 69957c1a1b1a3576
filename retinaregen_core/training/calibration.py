"""Calibration of the readability classifier: from logits to probabilities, thresholds, and a limit of the familiar."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor

from retinaregen_core.nets.familiarity import beyond_usual
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.reader import heeded
from retinaregen_core.specs import LABELS, ReadabilitySpec, from_config

OPERATING_POINTS = ((0.98, 0.91), (0.9, 0.8), (0.9, 0.8), (0.9, 0.8))
"""Share of readable regions that shall be called so, and the highest threshold that may grant it, per label. The first
label's share is that of pictures readable in all labels, here in colours, frames and codings stranger than a clinic's:
as they come they must hardly ever be refused as something else, while a ruined one may be."""
LOWEST_THRESHOLD = 0.3
FALSE_ALARMS = 0.04
"""Share of the validation photographs, damaged ones among them, that lie beyond the limit before it is widened."""
OTHER_CAMERAS = 1.75
"""What the limit is widened by. Photographs of a camera that training never saw lie farther off: with DRIMDB left out,
61 % of its good ones lay beyond the limit as it is before, 0.8 % beyond 1.75 times that (version 0.4; fewer of the
validation photographs are damaged since, so that 2.1 times would be as wide). Of DRIVE, which no classifier here has
seen, the farthest of 40 photographs lies at 0.31 of the limit."""

Local = tuple[str, LocalReadability]
"""A local readability after the sha256 of its weights."""


class Seen(NamedTuple):
    """What was made of N pictures."""

    logits: np.ndarray
    """Of the classifier, ``[N, 4]``."""
    labels: np.ndarray
    """``[N, 4]``; NaN where unknown."""
    distances: np.ndarray
    """From the training photographs, ``[N]``."""
    opinions: np.ndarray
    """Of the local readability, ``[N, R]``; ``[N, 0]`` where there is none."""
    local: str | None
    """sha256 of its weights."""

    def evidence(self, label: int) -> np.ndarray:
        """What a label is told by, ``[N, K]``: its logit, and what speaks for it besides."""
        if label == 0:
            return np.stack([self.logits[:, 0], -beyond_usual(torch.from_numpy(self.distances)).numpy()], axis=1)
        return np.concatenate([self.logits[:, label, None], self.opinions[:, label - 1 : label]], axis=1)


@torch.no_grad()
def look(network: ReadabilityClassifier, samples: Iterable[tuple[Tensor, Tensor]], local: Local | None) -> Seen:
    """Batches ``[B, 3, S, S]`` in [-1, 1] with their labels ``[B, 4]``, seen by a classifier that has memories."""
    rows: list[tuple[Tensor, ...]] = []
    for images, labels in samples:
        read = network.read(images)
        distance = network.distance(read.statistics)
        assert distance is not None
        opinions = local[1](read.places).opinions if local else torch.empty(len(images), 0)
        rows.append((network.network.fc(read.features), labels, distance, opinions))
    logits, known, distances, told = (torch.cat(column).numpy() for column in zip(*rows, strict=True))
    return Seen(logits, known, distances, told, local[0] if local else None)


def calibrated(spec: ReadabilitySpec, seen: Seen, regions_only: bool = False) -> ReadabilitySpec:
    """Platt scaling per label, thresholds by :data:`OPERATING_POINTS`, and the limit of what is familiar.

    Args:
        spec: of the classifier so far.
        seen: what it made of pictures that training did not see.
        regions_only: leave the first label and what is familiar as ``spec`` has them.
    """
    labels = seen.labels
    owed = [(labels == 1).all(axis=1), *(labels[:, 1:] == 1).T]
    rows = [_platt(seen.evidence(i), labels[:, i], owed[i], *point) for i, point in enumerate(OPERATING_POINTS)]
    found: dict[str, Any] = {name: tuple(row[name] for row in rows) for name in rows[0] if name != "besides"}
    besides = [row["besides"] for row in rows]
    if regions_only:
        found = {name: (getattr(spec, name)[0], *values[1:]) for name, values in found.items()}
    else:
        found |= {"doubt": besides[0], **_familiar(seen.distances[labels[:, 0] == 1])}
    return from_config(ReadabilitySpec, asdict(spec) | found | {"local": seen.local, "opinions": tuple(besides[1:])})


def measured(network: ReadabilityClassifier, seen: Seen) -> dict[str, Any]:
    """What the calibrated labels give: areas under the ROC curve."""
    logits = network.calibrated(torch.from_numpy(seen.logits), torch.from_numpy(seen.distances))
    if seen.local:
        logits = logits + heeded(network.spec, torch.from_numpy(seen.opinions))
    auc = {name: area(logits[:, i].numpy(), seen.labels[:, i]) for i, name in enumerate(LABELS)}
    return {"n": len(seen.labels), "auc": auc, "auc_of_familiarity": area(-seen.distances, seen.labels[:, 0])}


def _platt(
    evidence: np.ndarray, labels: np.ndarray, owed: np.ndarray, specificity: float, highest: float
) -> dict[str, float]:
    """Platt's line, the threshold that calls the share ``specificity`` of ``owed`` readable, and what it finds.

    Args:
        evidence: ``[N, 1]``, logits; ``[N, 2]`` with a reason for doubt beside them, which speaks against a label.
        labels: float ``[N]``; NaN where a label is unknown.
        owed: bool ``[N]``, readable pictures all.
    """
    known = ~np.isnan(labels)
    readable = labels[known] > 0.5
    fit = LogisticRegression(C=1e3).fit(evidence[known], readable)
    if evidence.shape[1] > 1 and fit.coef_[0, 1] < 0:  # here the reason for doubt speaks for the label: leave it out
        return _platt(evidence[:, :1], labels, owed, specificity, highest)
    owed = owed[known]
    probabilities = fit.predict_proba(evidence[known])[:, 1]
    threshold = float(np.clip(np.quantile(probabilities[owed], 1 - specificity), LOWEST_THRESHOLD, highest))
    return {
        "slopes": float(fit.coef_[0, 0]),
        "besides": float(fit.coef_[0, 1]) if evidence.shape[1] > 1 else 0.0,
        "intercepts": float(fit.intercept_[0]),
        "thresholds": round(threshold, 3),
        "specificities": round(float((probabilities[owed] >= round(threshold, 3)).mean()), 4),
        "sensitivities": round(float((probabilities[~readable] < round(threshold, 3)).mean()), 4),
    }


def _familiar(distances: np.ndarray) -> dict[str, float]:
    """The limit, and the share of validation photographs beyond it; ``distances`` float ``[N]``."""
    limit = round(OTHER_CAMERAS * float(np.quantile(distances, 1 - FALSE_ALARMS)), 4)
    return {"familiar_within": limit, "false_alarms": round(float((distances > limit).mean()), 4)}


def area(logits: np.ndarray, labels: np.ndarray) -> float | None:
    """Under the ROC curve, over the labels that are known, 0 or 1 (NaN: unknown); None where these are all alike."""
    known = ~np.isnan(labels)
    if len(np.unique(labels[known])) < 2:
        return None
    return round(float(roc_auc_score(labels[known] > 0.5, logits[known])), 4)
