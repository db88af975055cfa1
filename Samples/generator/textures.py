"""Procedural textures: float RGB(A) arrays (h, w, 3 or 4) in 0...255, drawn with numpy from a random generator."""

import numpy as np

ROAD_TEXELS = 48
ROAD_PERIOD = 12.0


def noise(random, height: int, width: int, octaves=(4, 8, 16, 32, 64)) -> np.ndarray:
    """Periodic value noise (height, width) of mean 0 and about -1...1: bilinear grids of growing fineness."""
    total = np.zeros((height, width))
    for octave, cells in enumerate(octaves):
        grid = random.uniform(-1, 1, (cells, cells))
        y, x = np.arange(height) * cells / height, np.arange(width) * cells / width
        top, left = y.astype(int), x.astype(int)
        fy, fx = (y - top)[:, None], (x - left)[None]
        below, right = (top + 1) % cells, (left + 1) % cells
        rows = grid[top] * (1 - fy) + grid[below] * fy
        total += (rows[:, left] * (1 - fx) + rows[:, right] * fx) * 0.7 ** octave
    return total / 1.6


def tinted(colour, shade: np.ndarray) -> np.ndarray:
    """A colour (3,) times a brightness map (h, w)."""
    return np.asarray(colour, float) * shade[..., None]


def rectangle(image: np.ndarray, left: float, top: float, right: float, bottom: float, colour) -> None:
    """Fills a rectangle given as shares of the image's size."""
    height, width = image.shape[:2]
    image[round(top * height):round(bottom * height), round(left * width):round(right * width)] = colour


def road(random, half_width: float, lanes_dashed: bool, edge_colour) -> np.ndarray:
    """Asphalt across the whole road (u) and one period of ROAD_PERIOD metres along it (v), with its lines."""
    width, height = round(2 * half_width * ROAD_TEXELS), round(ROAD_PERIOD * ROAD_TEXELS)
    tone = random.uniform(75, 120)
    shade = 1 + 0.10 * noise(random, height, width, (3, 7, 20, 60, 150)) + random.normal(0, 0.06, (height, width))
    metres = (np.arange(width) + 0.5) / ROAD_TEXELS - half_width
    for track in (-2.6, -1.1, 1.1, 2.6):
        shade *= 1 - 0.07 * np.exp(-((metres - track) / 0.35) ** 2)
    image = tinted(np.array([1.0, 1.0, 1.03]) * tone, shade)
    wear = 0.82 + 0.18 * noise(random, height, width, (16, 64, 200))

    def line(centre: float, half: float, start: float, end: float, colour) -> None:
        columns = np.abs(metres - centre) < half
        rows = slice(round(start * ROAD_TEXELS), round(end * ROAD_TEXELS))
        image[rows, columns] = tinted(colour, wear[rows, columns])

    white = (222, 222, 215)
    if lanes_dashed:
        for start in (0.0, 6.0):
            line(0, 0.06, start, start + 2.6, white)
    else:
        line(0, 0.06, 0, ROAD_PERIOD, white)
    for side in (-1, 1):
        line(side * (half_width - 0.28), 0.05, 0, ROAD_PERIOD, edge_colour)
        line(side * (half_width - 0.48), 0.05, 0, ROAD_PERIOD, edge_colour)
    return image


def crossing(random, half_width: float) -> np.ndarray:
    """A zebra crossing 3.2 m long over the whole road."""
    width, height = round(2 * half_width * ROAD_TEXELS), round(3.2 * ROAD_TEXELS)
    image = tinted((92, 92, 95), 1 + 0.1 * noise(random, height, width) + random.normal(0, 0.05, (height, width)))
    stripe = np.arange(width) / ROAD_TEXELS % 1.1 < 0.6
    wear = 0.88 + 0.14 * noise(random, height, width, (16, 64, 128))
    image[:, stripe] = tinted((228, 228, 222), wear[:, stripe])
    return image


def paving(random, colour) -> np.ndarray:
    """Slabs, 8 x 8 of them in the texture, each of its own brightness, with dark joints."""
    size, slabs = 512, 8
    tones = random.uniform(0.88, 1.1, (slabs, slabs)).repeat(size // slabs, 0).repeat(size // slabs, 1)
    shade = tones * (1 + 0.06 * noise(random, size, size) + random.normal(0, 0.035, (size, size)))
    joint = np.arange(size) % (size // slabs) < 3
    shade[joint] *= 0.72
    shade[:, joint] *= 0.72
    return tinted(colour, shade)


def speckled(random, colour, strength: float = 0.08, size: int = 128) -> np.ndarray:
    """A plain surface with noise."""
    return tinted(colour, 1 + strength * noise(random, size, size) + random.normal(0, strength / 2, (size, size)))


def triangle(random) -> np.ndarray:
    """A white gable, for tinting; RGBA."""
    image = np.dstack((speckled(random, (255, 255, 255), 0.05), np.zeros((128, 128))))
    y, x = (np.mgrid[0:128, 0:128] + 0.5) / 128
    image[np.abs(x - 0.5) * 2 < y, 3] = 255
    return image


def foliage(random, colour, density: float = 0.62) -> np.ndarray:
    """A tree's crown: clumps of leaves, lighter above, with gaps; RGBA."""
    size = 256
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    outline = 0.40 + 0.06 * noise(random, size, size, (3, 6, 12))
    leaves = noise(random, size, size, (6, 12, 24, 48, 96))
    radius = np.hypot(x * 1.02, y)
    inside = (radius < outline) & (leaves > (radius / outline) ** 3 * 1.5 - 1.3 + 0.9 * (1 - density))
    shade = 0.78 - 0.5 * y + 0.5 * leaves + random.normal(0, 0.12, (size, size))
    return np.dstack((tinted(colour, np.clip(shade, 0.25, 1.6)), inside * 255.0))


def bare_tree(random, colour) -> np.ndarray:
    """A winter crown of branches that fork; RGBA."""
    size = 384
    alpha, stack = np.zeros((size, size)), [(0.5, 1.0, -np.pi / 2, 0.22, 7.0, 0)]
    while stack:
        x, y, angle, length, thickness, depth = stack.pop()
        for step in np.linspace(0, 1, max(int(length * size / 2), 2)):
            px, py = (x + np.cos(angle) * length * step) * size, (y + np.sin(angle) * length * step) * size
            half = max(thickness * (1 - 0.35 * step) / 2, 0.8)
            alpha[max(int(py - half), 0):int(py + half + 1), max(int(px - half), 0):int(px + half + 1)] = 255
        if depth < 7:
            for _ in range(3 if depth < 4 else 2):
                stack.append((x + np.cos(angle) * length, y + np.sin(angle) * length,
                              0.94 * angle - 0.06 * np.pi / 2 + random.uniform(-0.7, 0.7), length * random.uniform(0.6, 0.8),
                              thickness * 0.66, depth + 1))
    return np.dstack((tinted(colour, 1 + 0.2 * noise(random, size, size)), alpha))


def railing(random, colour) -> np.ndarray:
    """One metre and a half of iron railing: bars, two rails and a post; RGBA."""
    height, width = 96, 144
    image = np.dstack((speckled(random, colour, 0.1, width)[:height], np.zeros((height, width))))
    image[:, np.arange(width) % 12 < 4, 3] = 255
    image[6:12, :, 3] = 255
    image[-18:-12, :, 3] = 255
    image[:, :8, 3] = 255
    return image


def planks(random, colour) -> np.ndarray:
    """A wooden fence, opaque: upright boards."""
    size, boards = 192, 12
    tones = random.uniform(0.82, 1.12, boards).repeat(size // boards)[None]
    shade = tones * (1 + 0.12 * noise(random, size, size, (2, 24, 64)))
    shade[:, np.arange(size) % (size // boards) < 2] *= 0.5
    return tinted(colour, shade)


def sign_face(random) -> np.ndarray:
    """A traffic sign: a ringed disc, a triangle or a panel with text; RGBA."""
    size, kind = 96, random.integers(4)
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    image = np.zeros((size, size, 4))
    if kind == 0:
        radius = np.hypot(x, y)
        image[radius < 1] = (200, 25, 30, 255)
        image[radius < 0.74] = (240, 240, 235, 255)
        image[(np.abs(x) < 0.42) & (np.abs(y) < 0.14)] = (30, 30, 30, 255)
    elif kind == 1:
        image[np.abs(x) < (y + 1) / 2] = (205, 25, 30, 255)
        image[(np.abs(x) < (y + 1) / 2 - 0.28) & (y < 0.72)] = (240, 240, 235, 255)
        image[(np.abs(x) < 0.08) & (y > -0.3) & (y < 0.55)] = (20, 20, 20, 255)
    elif kind == 2:
        image[np.hypot(x, y) < 1] = (25, 70, 170, 255)
        image[(np.abs(x) < 0.14) & (np.abs(y) < 0.6)] = (240, 240, 240, 255)
        image[(np.abs(y + 0.35) < 0.32) & (np.abs(x) < 0.32 - np.abs(y + 0.35))] = (240, 240, 240, 255)
    else:
        image[:] = (*random.choice([(20, 95, 60), (25, 70, 160), (235, 235, 230), (215, 170, 30)]), 255)
        image[8:-8, 8:-8] *= 0.94
        for row in range(18, 80, 18):
            image[row:row + 7, 14:random.integers(50, 84), :3] = 245 if image[2, 2, 1] < 120 else 30
    return image


def signal_head(lit: int) -> np.ndarray:
    """A traffic light: a dark box with three lamps, one of them lit (0 red, 1 amber, 2 green)."""
    height, width = 96, 40
    y, x = np.mgrid[0:height, 0:width]
    image = np.full((height, width, 3), 28.0)
    for lamp, colour in enumerate(((255, 50, 40), (255, 180, 40), (60, 255, 150))):
        disc = np.hypot(x - width / 2 + 0.5, y - 16 - 32 * lamp) < 12
        image[disc] = np.array(colour) * (1.0 if lamp == lit else 0.22)
    return image


def capsule() -> np.ndarray:
    """White limb with round ends, shaded like a cylinder, for tinting; RGBA."""
    height, width = 96, 32
    y, x = np.mgrid[0:height, 0:width]
    across = (x - width / 2 + 0.5) / (width / 2)
    end = np.clip(np.abs(y - height / 2 + 0.5) - (height / 2 - width / 2), 0, None) / (width / 2)
    shade = 0.72 + 0.28 * np.cos(across - 0.35)
    return np.dstack((tinted((255, 255, 255), shade), (np.hypot(across, end) < 1) * 255.0))


def torso() -> np.ndarray:
    """White upper body, wide at the shoulders, for tinting; RGBA."""
    height, width = 96, 64
    y, x = (np.mgrid[0:height, 0:width] + 0.5) / np.array([height, width]).reshape(2, 1, 1)
    across = (x - 0.5) * 2
    reach = np.where(y < 0.15, 0.62 + 2.4 * y, 0.98 - 0.22 * (y - 0.15))
    shade = (0.7 + 0.3 * np.cos(across - 0.4)) * np.where(np.abs(across) < 0.03, 0.8, 1)
    return np.dstack((tinted((255, 255, 255), shade), (np.abs(across) < reach) * 255.0))


def head(skin, hair) -> np.ndarray:
    """A head: hair above, face below; RGBA."""
    size = 64
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    image = np.zeros((size, size, 4))
    image[..., :3] = np.where((y < -0.15 + 0.2 * np.abs(x))[..., None], np.asarray(hair, float), np.asarray(skin, float))
    image[..., :3] *= (0.75 + 0.25 * np.cos(x - 0.4))[..., None]
    image[..., 3] = (np.hypot(x * 1.2, y) < 1) * 255
    return image


def wheel(rim) -> np.ndarray:
    """A bicycle wheel: tyre, rim and spokes; RGBA."""
    size = 128
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    image = np.zeros((size, size, 4))
    image[(radius < 1) & (radius > 0.86)] = (25, 25, 27, 255)
    image[(radius < 0.88) & (radius > 0.82)] = (*rim, 255)
    spokes = (np.abs((angle / np.pi * 8) % 1 - 0.5) * radius < 0.07) & (radius < 0.84)
    image[spokes] = (150, 150, 150, 255)
    image[radius < 0.1] = (90, 90, 90, 255)
    return image
