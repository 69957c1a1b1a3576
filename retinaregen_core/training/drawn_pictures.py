"""Drawings of what people upload by mistake: outer eyes, balls, clouds, tomograms, text, noise.

Every function draws one picture, ``[320, 320, 3]`` in [0, 255] (values beyond are clipped later), from its generator.
"""

import cv2
import numpy as np

SIZE = 320
SKIN = np.array([1.0, 0.72, 0.58])
PALETTES = (cv2.COLORMAP_HSV, cv2.COLORMAP_HOT, cv2.COLORMAP_OCEAN, cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_TWILIGHT)
"""OpenCV's, for what has no colour of its own."""


def noise(rng: np.random.Generator) -> np.ndarray:
    """Grains of one size, from single pixels to soft patches."""
    small = rng.uniform(0, 255, size=(SIZE // 4, SIZE // 4, int(rng.choice([1, 3])))).astype(np.float32)
    blurred = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.3, 20)))
    return np.broadcast_to(cv2.resize(blurred, (SIZE, SIZE)).reshape(SIZE, SIZE, -1), (SIZE, SIZE, 3))


def texture(rng: np.random.Generator, roughness: float) -> np.ndarray:
    """Random relief float32 ``[320, 320]``, mean 0, spread 1; its spectrum falls with frequency to ``roughness``."""
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None]) + 1 / SIZE
    phase = rng.normal(size=(2, *frequency.shape))
    relief = np.fft.irfft2((phase[0] + 1j * phase[1]) / frequency**roughness, s=(SIZE, SIZE))
    standard: np.ndarray = ((relief - relief.mean()) / (relief.std() + 1e-9)).astype(np.float32)
    return standard


def cloud(rng: np.random.Generator) -> np.ndarray:
    """Patches of every size, as clouds, marble or skin have them."""
    level, spread = rng.uniform(60, 190), rng.uniform(8, 60)
    return (level + spread * texture(rng, float(rng.uniform(0.8, 2.6))))[..., None] * rng.uniform(0.4, 1, size=3)


def gradient(rng: np.random.Generator) -> np.ndarray:
    """One soft light."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    ramp: np.ndarray = np.exp(-((x - rng.uniform(-1, 1)) ** 2 + (y - rng.uniform(-1, 1)) ** 2) / rng.uniform(0.1, 3))
    return ramp[..., None] * rng.uniform(40, 255, size=3)


def ball(rng: np.random.Generator) -> np.ndarray:
    """A lit sphere with spots or bands, as a planet, an orange or a ball."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j].astype(np.float32)
    radius = rng.uniform(0.6, 1.0)
    height = np.sqrt(np.clip(1 - (x**2 + y**2) / radius**2, 0, 1))
    direction = rng.uniform(-0.8, 0.8, size=2)
    shade = np.clip(height + (x * direction[0] + y * direction[1]) / radius, 0, 1.4)
    surface = texture(rng, float(rng.uniform(0.8, 2.2)))
    if rng.random() < 0.4:
        surface = np.sin(y * rng.uniform(4, 25) + 0.5 * surface)
    light = shade * (150 + rng.uniform(5, 45) * surface) * (height > 0)
    picture: np.ndarray = light[..., None] * np.array([1, rng.uniform(0.4, 1), rng.uniform(0.2, 1)])
    return picture


def outer_eye(rng: np.random.Generator) -> np.ndarray:
    """Lids, sclera with vessels, iris with its fibres, pupil (black or glowing red) and the flash's reflex."""
    skin = (rng.uniform(90, 210) + 12 * texture(rng, 1.4))[..., None] * SKIN * rng.uniform(0.85, 1.1, size=3)
    centre = np.array([SIZE / 2, SIZE / 2]) + rng.uniform(-40, 40, size=2)
    iris = rng.uniform(30, 110)
    eye = _eyeball(centre, iris, rng)
    opening = np.zeros((SIZE, SIZE), np.uint8)
    axes = (int(iris * rng.uniform(1.4, 2.6)), int(iris * rng.uniform(0.55, 1.25)))
    cv2.ellipse(opening, _point(centre), axes, rng.uniform(-15, 15), 0, 360, 1, -1)
    weight = cv2.GaussianBlur(opening.astype(np.float32), (0, 0), float(rng.uniform(1, 4)))[..., None]
    picture: np.ndarray = np.ascontiguousarray(skin * (1 - weight) + eye * weight, dtype=np.float32)
    for _ in range(int(rng.integers(0, 50))):  # lashes
        x = centre[0] + rng.uniform(-1, 1) * axes[0]
        y = centre[1] - axes[1] * np.sqrt(max(0.0, 1 - ((x - centre[0]) / axes[0]) ** 2))
        tip = (x + (x - centre[0]) * 0.3 + rng.normal(0, 6), y - rng.uniform(5, 40))
        cv2.line(picture, _point(np.array([x, y])), _point(np.array(tip)), [25, 18, 12], 1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.5, 5))) if rng.random() < 0.5 else picture


def _eyeball(centre: np.ndarray, iris: float, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    distance, angle = np.hypot(x - centre[0], y - centre[1]), np.arctan2(y - centre[1], x - centre[0])
    eye = np.full((SIZE, SIZE, 3), rng.uniform(170, 235), np.float32) * np.array([1, 0.95, 0.92], np.float32)
    for _ in range(int(rng.integers(0, 14))):
        _vessel(eye, rng, [float(rng.uniform(130, 200)), 60.0, 60.0])
    fibres = 1 + 0.25 * np.sin(angle * int(rng.integers(20, 60)) + 3 * texture(rng, 1.2))
    colour = rng.uniform(20, 170, size=3) if rng.random() < 0.4 else rng.uniform(30, 130) * np.array([1, 0.65, 0.4])
    pupil = np.array([8.0, 8, 8]) if rng.random() < 0.5 else rng.uniform(90, 230) * np.array([1, 0.4, 0.15])
    eye = np.where((distance < iris)[..., None], fibres[..., None] * colour, eye)
    eye = np.where((distance < iris * rng.uniform(0.2, 0.75))[..., None], pupil, eye).astype(np.float32)
    spot = centre + rng.uniform(-0.4, 0.4, size=2) * iris
    cv2.circle(eye, _point(spot), int(rng.uniform(2, 0.25 * iris)), [255, 255, 245], -1, cv2.LINE_AA)
    return eye


def _vessel(picture: np.ndarray, rng: np.random.Generator, colour: list[float]) -> None:
    """A wandering thin line drawn into ``picture``."""
    place, heading = rng.uniform(0, SIZE, size=2), rng.uniform(0, 2 * np.pi)
    points = [place]
    for _ in range(30):
        heading += rng.normal(0, 0.35)
        points.append(points[-1] + 5 * np.array([np.cos(heading), np.sin(heading)]))
    line = np.array(points, np.int32)[:, None]
    cv2.polylines(picture, [line], False, colour, int(rng.integers(1, 3)), cv2.LINE_AA)


def layers(rng: np.random.Generator) -> np.ndarray:
    """Bright wavy layers on black with speckle, like an OCT section."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    picture = np.zeros((SIZE, SIZE), np.float32)
    top = rng.uniform(60, 160) + rng.uniform(0, 60) * np.sin(x / rng.uniform(60, 200) + rng.uniform(0, 6))
    for _ in range(int(rng.integers(3, 8))):
        top = top + rng.uniform(8, 35)
        picture += rng.uniform(50, 200) * np.exp(-(((y - top) / rng.uniform(3, 12)) ** 2))
    return np.repeat((picture * rng.gamma(4, 0.25, picture.shape))[..., None], 3, axis=-1)


def shapes(rng: np.random.Generator) -> np.ndarray:
    """Circles and rectangles, filled or not."""
    picture = np.full((SIZE, SIZE, 3), rng.uniform(0, 255, size=3), np.float32)
    for _ in range(int(rng.integers(1, 15))):
        centre, colour = rng.integers(0, SIZE, size=2).tolist(), rng.uniform(0, 255, size=3).tolist()
        if rng.random() < 0.5:
            cv2.circle(picture, centre, int(rng.integers(4, 120)), colour, int(rng.choice([-1, 3, 10])))
        else:
            cv2.rectangle(picture, centre, rng.integers(0, SIZE, size=2).tolist(), colour, int(rng.choice([-1, 3, 10])))
    return picture


def lines(rng: np.random.Generator) -> np.ndarray:
    """Dark threads at random on a plain ground: vessels without an eye."""
    ground = rng.uniform(90, 220) + rng.uniform(0, 10) * texture(rng, 2.0)
    picture = np.ascontiguousarray(np.repeat(ground[..., None], 3, axis=-1))
    shade = [float(rng.uniform(20, 80))] * 3
    for _ in range(int(rng.integers(3, 50))):
        _vessel(picture, rng, shade)
    return picture


def text(rng: np.random.Generator) -> np.ndarray:
    """Lines of letters, black on white or white on black."""
    picture = np.full((SIZE, SIZE, 3), float(rng.choice([0, 255])), np.float32)
    ink = [255 - float(picture[0, 0, 0])] * 3
    for line in range(20, SIZE, int(rng.integers(18, 50))):
        letters = "".join(chr(code) for code in rng.integers(48, 122, size=40))
        cv2.putText(picture, letters, (10, line), cv2.FONT_HERSHEY_SIMPLEX, float(rng.uniform(0.4, 1)), ink, 1)
    return picture


def waves(rng: np.random.Generator) -> np.ndarray:
    """Bent stripes or rings in steps of a random palette, as agate, sand or contour maps have them."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j].astype(np.float32)
    phase = rng.uniform(0, 0.6) * texture(rng, float(rng.uniform(1.6, 2.6)))
    for _ in range(int(rng.integers(1, 4))):
        ahead, beyond = rng.normal(size=2)
        straight = ahead * x + beyond * y
        phase = phase + (np.hypot(x - ahead, y - beyond) if rng.random() < 0.5 else straight) * rng.uniform(0.5, 2)
    colours = rng.uniform(0, 255, size=(int(rng.integers(2, 12)), 3))
    place = (phase * rng.uniform(0.5, 6)) % len(colours)
    first, share = place.astype(int) % len(colours), (place % 1)[..., None]
    soft = share if rng.random() < 0.5 else np.round(share)
    picture: np.ndarray = colours[first] * (1 - soft) + colours[(first + 1) % len(colours)] * soft
    return picture


def relief(rng: np.random.Generator) -> np.ndarray:
    """Hills and hollows in false colours or in grey, in steps or not, as maps of heat or of height show them."""
    height = rng.uniform(0, 0.4) * texture(rng, float(rng.uniform(1.8, 2.8)))
    for _ in range(int(rng.integers(1, 9))):
        height = height + rng.normal() * _hill(rng)
    height = (height - height.min()) / (np.ptp(height) + 1e-9)
    if rng.random() < 0.6:
        steps = int(rng.integers(3, 24))
        height = np.floor(height * steps) / steps
    if rng.random() < 0.4:
        height = height * rng.uniform(1, 5) % 1  # the palette begins anew
    shade = np.asarray(height * 255, np.uint8)
    if rng.random() < 0.3:
        return np.repeat(shade[..., None], 3, axis=-1)
    return np.ascontiguousarray(cv2.applyColorMap(shade, int(rng.choice(PALETTES)))[..., ::-1])


def target(rng: np.random.Generator) -> np.ndarray:
    """Closed bands of false colour around one centre, round or lobed, as dartboards and onions have them."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j].astype(np.float32)
    x, y = x - rng.uniform(-0.3, 0.3), y - rng.uniform(-0.3, 0.3)
    lobes, angle = int(rng.integers(1, 6)), np.arctan2(y, x)
    distance = np.hypot(x, y) * (1 + rng.uniform(0, 0.35) * np.cos(lobes * angle + rng.uniform(0, 6)))
    phase = distance * rng.uniform(0.5, 4) + rng.uniform(0, 0.05) * texture(rng, 2.0)
    steps = int(rng.integers(3, 30))
    shade = np.asarray((np.floor(phase * steps) / steps if rng.random() < 0.7 else phase) % 1 * 255, np.uint8)
    coloured = cv2.applyColorMap(shade, int(rng.choice(PALETTES)))
    return np.ascontiguousarray(coloured[..., ::-1] if rng.random() < 0.7 else coloured)


def _hill(rng: np.random.Generator) -> np.ndarray:
    """Float ``[320, 320]`` in (0, 1]: long or round, steep or flat, anywhere and turned anyhow."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    x, y = x - rng.uniform(-1, 1), y - rng.uniform(-1, 1)
    angle = rng.uniform(0, np.pi)
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    distance = np.hypot(along / rng.uniform(0.1, 1.2), across / rng.uniform(0.1, 1.2))
    hill: np.ndarray = np.exp(-(distance ** rng.uniform(0.8, 2.5)))
    return hill


def cells(rng: np.random.Generator) -> np.ndarray:
    """A mosaic of cells around random points, with or without walls."""
    points = rng.uniform(0, SIZE, size=(int(rng.integers(12, 160)), 2))
    y, x = np.mgrid[0:SIZE:2, 0:SIZE:2].astype(np.float32)
    distance = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1])
    nearest = np.partition(distance, 1, axis=-1)[..., :2]
    colours = np.clip(rng.uniform(0, 255, size=3) + rng.normal(0, rng.uniform(5, 90), (len(points), 3)), 0, 255)
    walls = np.clip((nearest[..., 1] - nearest[..., 0]) / rng.uniform(2, 25), 0, 1)[..., None]
    picture = colours[distance.argmin(axis=-1)] * (walls if rng.random() < 0.7 else 1)
    mosaic: np.ndarray = cv2.resize(picture.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    return mosaic


def speckle(rng: np.random.Generator) -> np.ndarray:
    """Soft bright bodies under multiplied grain, as radar, sonar and X-ray pictures show them: grey."""
    picture = np.full((SIZE, SIZE), rng.uniform(5, 60), np.float32)
    for _ in range(int(rng.integers(2, 14))):
        axes = tuple(int(v) for v in rng.uniform(6, 120, size=2))
        light = float(rng.uniform(30, 220))
        cv2.ellipse(picture, rng.integers(0, SIZE, size=2).tolist(), axes, rng.uniform(0, 180), 0, 360, light, -1)
    bodies = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(1, 12)))
    shape = float(rng.uniform(0.8, 12))
    grain = np.asarray(rng.gamma(shape, 1 / shape, bodies.shape), np.float32)
    soft = cv2.GaussianBlur(grain, (0, 0), float(rng.uniform(0.3, 2)))
    speckled: np.ndarray = np.repeat((bodies * soft)[..., None], 3, axis=-1)
    return speckled


def blank(rng: np.random.Generator) -> np.ndarray:
    """One colour, with or without a sensor's noise."""
    return np.full((SIZE, SIZE, 3), rng.uniform(0, 255, size=3)) + rng.normal(0, rng.uniform(0, 12), (SIZE, SIZE, 3))


def _point(place: np.ndarray) -> tuple[int, int]:
    return int(place[0]), int(place[1])
