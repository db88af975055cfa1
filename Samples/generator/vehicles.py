"""Cars: an outline from the side, extruded; every face is a textured quad."""

import numpy as np

from .scene import CAR, Scene, ground_quad, turned
from .textures import noise, rectangle, tinted

PAINTS = ((170, 30, 34), (32, 60, 120), (196, 198, 202), (235, 235, 232), (40, 42, 46), (96, 100, 106), (30, 84, 66),
          (150, 132, 100), (70, 110, 150), (190, 120, 40), (110, 24, 40))
GLASS = (48, 58, 68)
SIDE_TEXELS = 64
# Outlines: (metres from the rear, height), from the rear bumper over the roof to the front; then what each face shows.
HATCHBACK = (((0.0, 0.32), (0.03, 0.92), (0.45, 1.42), (2.2, 1.46), (3.05, 0.98), (3.95, 0.80), (4.05, 0.32)),
             ("rear", "glass", "roof", "glass", "bonnet", "front"), (0.72, 3.28))
SALOON = (((0.0, 0.32), (0.02, 0.95), (0.62, 1.0), (1.25, 1.40), (2.45, 1.42), (3.25, 0.98), (4.42, 0.80), (4.5, 0.32)),
          ("rear", "bonnet", "glass", "roof", "glass", "bonnet", "front"), (0.9, 3.6))
VAN = (((0.0, 0.36), (0.02, 2.0), (3.5, 2.05), (4.2, 1.15), (4.85, 0.98), (4.95, 0.36)),
       ("back", "roof", "glass", "bonnet", "front"), (0.95, 4.05))
SHAPES = (HATCHBACK, HATCHBACK, SALOON, VAN)
WHEEL_RADIUS = 0.32


def inside(polygon, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points (same shapes) lie inside a polygon of (x, y) corners."""
    result = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1]):
        if y0 != y1:
            result ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return result


def side(outline, faces, axles, paint) -> np.ndarray:
    """A car seen from its side, rear on the left; RGBA, covering the outline's length and top height."""
    length, height = outline[-1][0], max(point[1] for point in outline)
    rows, columns = round(height * SIDE_TEXELS), round(length * SIDE_TEXELS)
    x, y = np.meshgrid((np.arange(columns) + 0.5) / SIDE_TEXELS, height - (np.arange(rows) + 0.5) / SIDE_TEXELS)
    shade = 0.78 + 0.3 * y / height - 0.16 * (y < 0.62) + 0.12 * (np.abs(y - 0.84) < 0.03)
    image = np.dstack((tinted(paint, shade), inside(list(outline), x, y) * 255.0))
    roof = faces.index("roof")
    belt = 1.0 if height < 1.8 else 1.2
    back, front = (outline[roof][0], outline[roof + 1][0]) if height < 1.8 else (2.5, outline[2][0])
    tail = outline[roof - 1][0] if height < 1.8 else 2.5
    nose = outline[roof + 2][0]
    top = height - 0.12
    cabin = inside([(tail + 0.18, belt), (back + 0.08, top), (front - 0.02, top), (nose - 0.2, belt)], x, y)
    image[cabin, :3] = tinted(GLASS, 0.8 + 0.8 * (y - belt))[cabin]
    middle = (back + front) / 2 if height < 1.8 else 3.0
    for seam in (middle, tail + 0.35):
        image[(np.abs(x - seam) < 0.03) & (y > 0.4) & (y < top)] *= (0.6, 0.6, 0.6, 1)
    for axle in axles:
        distance = np.hypot(x - axle, y - WHEEL_RADIUS)
        image[distance < WHEEL_RADIUS + 0.07] = (20, 20, 22, 255)
        image[(distance < 0.20)] = (150, 152, 156, 255)
        image[(distance < 0.17) & (np.sin(np.arctan2(y - WHEEL_RADIUS, x - axle) * 5) > 0.2)] = (70, 70, 74, 255)
    image[(y < 0.06) | ((y < 0.32) & (image[..., 3] == 0)), 3] = 0
    return image


def end(paint, front: bool, tall: bool) -> np.ndarray:
    """The lower front or rear face, or a van's whole back; opaque."""
    image = tinted(paint, np.linspace(1.05, 0.75, 96)[:, None] * np.ones((1, 192)))
    if tall:
        rectangle(image, 0.08, 0.08, 0.47, 0.42, GLASS)
        rectangle(image, 0.53, 0.08, 0.92, 0.42, GLASS)
        rectangle(image, 0.495, 0, 0.505, 0.9, np.asarray(paint) * 0.5)
    lamp = (250, 248, 235) if front else (190, 20, 24)
    top = 0.2 if not tall else 0.55
    rectangle(image, 0.03, top, 0.2, top + 0.25, lamp)
    rectangle(image, 0.8, top, 0.97, top + 0.25, lamp)
    if front:
        rectangle(image, 0.28, 0.2, 0.72, 0.42, (30, 30, 32))
    rectangle(image, 0.36, 0.55, 0.64, 0.72, (235, 232, 215) if front else (225, 190, 60))
    rectangle(image, 0, 0.8, 1, 1, (36, 36, 38))
    return image


def plain(random, paint) -> np.ndarray:
    """Painted metal with a faint reflection."""
    return tinted(paint, 1.0 + 0.08 * noise(random, 32, 64, (2, 4, 8)))


def pane(random) -> np.ndarray:
    """A windscreen or rear window in its frame."""
    image = tinted(GLASS, np.linspace(1.7, 0.8, 48)[:, None] + 0.15 * noise(random, 48, 96, (2, 4)))
    rectangle(image, 0, 0, 0.05, 1, (26, 26, 28))
    rectangle(image, 0.95, 0, 1, 1, (26, 26, 28))
    return image


def add_car(scene: Scene, random, place, heading: float) -> None:
    """Adds a car; place(time) gives (x, y, z) of the point on the ground under its middle, `heading` its yaw."""
    outline, faces, axles = SHAPES[random.integers(len(SHAPES))]
    paint = np.array(PAINTS[random.integers(len(PAINTS))], float) * random.uniform(0.85, 1.1)
    length, height = outline[-1][0], max(point[1] for point in outline)
    half, middle = (0.86 if height < 1.8 else 0.97), length / 2
    atlas, local = scene.atlas, []
    pictures = {"rear": end(paint, False, False), "back": end(paint, False, True),
                "front": end(paint, True, False), "roof": plain(random, paint),
                "bonnet": plain(random, paint), "glass": pane(random)}
    numbers = {name: atlas.add(pictures[name]) for name in set(faces)}
    profile = atlas.add(side(outline, faces, axles, paint))
    first = len(scene.quads)

    def add(quad, texture: int, towards) -> None:
        local.append(np.asarray(quad, float))
        world = turned(local[-1][None], heading, (0, 0, 0))[0]
        outward = turned(np.array([[[0, 0, 0], towards, towards]], float), heading, (0, 0, 0))[0, 1]
        scene.add(world, texture, CAR, towards=outward)

    for x in (-half, half):
        add([(x, height, -middle), (0, 0, length), (0, -height, 0)], profile, (np.sign(x), 0, 0))
    for (z0, y0), (z1, y1), name in zip(outline, outline[1:], faces):
        (za, ya), (zb, yb) = ((z1, y1), (z0, y0)) if y1 >= y0 else ((z0, y0), (z1, y1))
        outward = (0, abs(z1 - z0), np.sign(z0 + z1 - length) * abs(y1 - y0))
        add([(-half, ya, za - middle), (2 * half, 0, 0), (0, yb - ya, zb - za)], numbers[name], outward)
    dark = atlas.add(np.full((2, 2, 3), 14.0))
    add([(-half, 0.33, -middle), (2 * half, 0, 0), (0, 0, length)], dark, (0, -1, 0))
    for axle in axles:
        for x in (-half + 0.02, half - 0.24):
            for z in (axle - WHEEL_RADIUS, axle + WHEEL_RADIUS):
                add([(x, 0.5, z - middle), (0.22, 0, 0), (0, -0.5, 0)], dark, (0, 0, z - axle))

    quads = np.array(local)
    scene.add_mover(first, lambda time: turned(quads, heading, place(time)))
    reach = height * scene.sun.direction[[0, 2]] / max(scene.sun.direction[1], 0.35) * 0.5
    scene.moving_shadows.append((lambda time: ground_quad(place(time), half + 0.18, middle + 0.15, heading), 0.75, 0.25))
    if scene.sun.direct > 0.3:
        offset = np.array([-reach[0], 0, -reach[1]])
        scene.moving_shadows.append(
            (lambda time: ground_quad(place(time) + offset, half + 0.1, middle, heading), 0.4, 0.2))
