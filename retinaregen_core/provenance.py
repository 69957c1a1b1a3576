"""Where a restored picture comes from: written into every exported file, read back and checked by ``verify``.

The statement holds what is needed to make the same picture again, and a hash of the pixels. Both tell accidents apart
from the original export (another program saved, cropped or converted it); neither is a signature against forgery.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from types import NoneType

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from retinaregen_core.records import Provenance

SOFTWARE = "RetinaRegen"
NOTICE = "Research use only; the restored picture may contain invented detail."
STATEMENT = f"AI-restored fundus photograph. {NOTICE}"
SHA_SHOWN = 12
"""Digits of a sha256 that a person sees; the statement in a file holds the whole."""
PNG_COMPRESSION = 4
"""zlib's level: half the time of the usual 6 for 7 % more bytes, measured on a 9-megapixel photograph."""
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType='
    '"http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
"""The statement in IPTC's vocabulary, for programs that have never heard of this one (IPTC Photo Metadata 2023.1)."""


@dataclass(frozen=True)
class Origin:
    """The machine-readable statement in an exported picture. No patient data, no file name."""

    software: str
    """Name and version."""
    model: str
    sha256: str
    """Of the restorer's weights."""
    seed: int
    steps: int
    visible_mark: bool
    """Whether words are burned into the pixels."""
    pixels: str
    """sha256 of the exported pixels, see :func:`hash_of`."""
    time: str | None = None
    """When it was exported, ISO 8601 in UTC; only on request, because the same seed must give the same bytes."""
    strength: float = 1.0
    """Share of the way back that was walked."""
    samples: int | None = None
    """Restorations whose mean this is; not stated of one."""

    @classmethod
    def of(
        cls, provenance: Provenance, picture: np.ndarray, visible_mark: bool, time: datetime | None = None
    ) -> "Origin":
        """The statement for ``picture``, uint8 ``[H, W, 3]`` as it will be exported."""
        return cls(
            f"{SOFTWARE} {provenance.versions['retinaregen']}",
            provenance.name,
            provenance.sha256,
            provenance.seed,
            provenance.steps,
            visible_mark,
            hash_of(picture),
            time.astimezone(UTC).isoformat(timespec="seconds") if time else None,
            provenance.strength,
            provenance.samples if provenance.samples > 1 else None,
        )

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """Undo :attr:`text`; ``None`` when it is no such statement. Nothing in a file steers a terminal."""
        try:
            values = json.loads(text)
            made = cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})
        except (ValueError, TypeError, RecursionError):
            return None
        said = asdict(made)
        typed = all(type(said[name]) in kinds for name, kinds in TYPES.items())
        plain = all(not isinstance(value, str) or value.isprintable() for value in said.values())
        return made if typed and plain and 0 < made.strength <= 1 else None

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})


TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("software", "model", "sha256", "pixels"), (str,)),
    **dict.fromkeys(("seed", "steps"), (int,)),
    "visible_mark": (bool,),
    "time": (str, NoneType),
    "strength": (float, int),
    "samples": (int, NoneType),
}
"""What a statement's fields may hold; true and false are no numbers here."""


def hash_of(picture: np.ndarray) -> str:
    """sha256 over ``"<width>x<height> RGB"`` and the uint8 samples ``[H, W, 3]`` in rows."""
    height, width = picture.shape[:2]
    return hashlib.sha256(f"{width}x{height} RGB".encode() + np.ascontiguousarray(picture).tobytes()).hexdigest()


def png(picture: np.ndarray, origin: Origin) -> bytes:
    """uint8 ``[H, W, 3]`` as RGB PNG with the statement for people, for programs and for this one."""
    chunks = PngInfo()
    chunks.add_text("Software", origin.software)
    chunks.add_text("Comment", STATEMENT)
    chunks.add_text(SOFTWARE, origin.text)
    chunks.add_itxt("XML:com.adobe.xmp", XMP)
    if origin.time:
        chunks.add_text("Creation Time", origin.time)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", pnginfo=chunks, compress_level=PNG_COMPRESSION)
    return stream.getvalue()
