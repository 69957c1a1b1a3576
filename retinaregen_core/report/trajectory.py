"""The denoising steps as an animation and as single frames, each labelled with its step and the mark of the AI."""

import io
import json
import zipfile
from dataclasses import asdict

import numpy as np
from PIL import Image

from retinaregen_core import provenance
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.provenance import Origin
from retinaregen_core.records import Restoration
from retinaregen_core.report import sentences
from retinaregen_core.report.pictures import band_height, captioned, encoded, of_eye, title_of_photograph

FIRST_MS, STEP_MS, LAST_MS = 1200, 350, 2500
WEBP_EFFORT = 0
"""Of libwebp's lossless coder: 0 is some six times as fast as its default and costs 10 % more bytes."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every member, ZIP's earliest: the same restoration gives the same bytes."""


def frames(restoration: Restoration, eye: Laterality | None = None) -> list[np.ndarray]:
    """The framed original and the guess after every step, captioned, uint8 ``[S + bands, S, 3]``.

    Outside the field of view every frame shows the original, as the result does.
    """
    framing, size = restoration.framing, restoration.steps[0].shape[0]
    original = framing.crop(restoration.photograph, size)
    mask = framing.crop_mask(restoration.field_of_view.mask, size)[..., None]
    captions = [sentences.STEP.format(**asdict(info) | {"index": info.index + 1}) for info in restoration.step_infos]
    steps = [
        captioned(np.where(mask, step, original), f"{of_eye(sentences.RESTORED, eye)} · {caption}", sentences.STRIP)
        for step, caption in zip(restoration.steps, captions, strict=True)
    ]
    return [captioned(original, title_of_photograph(restoration, eye), sentences.STRIP), *steps]


def as_animation(restoration: Restoration, eye: Laterality | None = None) -> bytes:
    """All frames as a lossless animated WebP that repeats; to programs it says that networks took part."""
    first, *others = map(Image.fromarray, frames(restoration, eye))
    stream = io.BytesIO()
    durations = [FIRST_MS, *[STEP_MS] * (len(others) - 1), LAST_MS]
    options = {"lossless": True, "quality": WEBP_EFFORT, "method": WEBP_EFFORT, "loop": 0}
    said = provenance.XMP.encode()
    first.save(stream, "WEBP", save_all=True, append_images=others, duration=durations, xmp=said, **options)
    return stream.getvalue()


def as_frames(restoration: Restoration, eye: Laterality | None = None) -> bytes:
    """All frames as lossless PNG in a ZIP, with ``steps.json`` that says which step each is and where its bands end."""
    pictures = frames(restoration, eye)
    names = [
        "damaged.png" if restoration.damage else "original.png",
        *(f"step_{info.index + 1:03}.png" for info in restoration.step_infos),
    ]
    size = pictures[0].shape[1]
    index = {
        "notice": provenance.NOTICE,
        "damage": restoration.damage._asdict() if restoration.damage else None,
        "picture": {"top": band_height(size), "side": size},
        "steps": [{"file": name} | asdict(info) for name, info in zip(names[1:], restoration.step_infos, strict=True)],
    }

    def stated(picture: np.ndarray) -> bytes:
        return provenance.png(picture, Origin.of(restoration.provenance, picture, visible_mark=True))

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, picture in zip(names, pictures, strict=True):
            data = stated(picture) if name != names[0] else encoded(picture, "PNG")
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
        archive.writestr(zipfile.ZipInfo("steps.json", EPOCH), json.dumps(index, indent=2) + "\n")
    return stream.getvalue()
