"""House fronts: brick, render or stone, with windows, doors, shop fronts and cornices."""

import numpy as np

from .textures import noise, rectangle, tinted

TEXELS = 40
STOREY = 3.1
WALLS = ((168, 92, 70), (150, 78, 62), (196, 170, 128), (222, 208, 178), (205, 204, 198), (186, 150, 112),
         (120, 116, 112), (214, 190, 150), (178, 188, 192), (226, 222, 214), (140, 104, 84))
AWNINGS = ((150, 30, 35), (25, 70, 60), (30, 45, 95), (185, 140, 40), (60, 60, 65), (95, 35, 80))


def wall(random, width: float, height: float, colour) -> np.ndarray:
    """A wall without openings, width x height metres; (rows, columns, 3)."""
    rows, columns = round(height * TEXELS), round(width * TEXELS)
    shade = 1 + 0.07 * noise(random, rows, columns) + random.normal(0, 0.03, (rows, columns))
    if random.random() < 0.6:
        course = np.arange(rows) // 5
        joints = (np.arange(rows) % 5 == 0)[:, None]
        uprights = (np.arange(columns)[None] + (course % 2 * 6)[:, None]) % 12 == 0
        shade *= np.where(joints | uprights, 0.84, 1)
        shade *= random.uniform(0.93, 1.07, (rows // 5 + 1, columns // 12 + 1)).repeat(5, 0).repeat(12, 1)[:rows, :columns]
    shade *= np.linspace(1.05, 0.88, rows)[:, None]
    return tinted(colour, shade)


def window(random, image: np.ndarray, box, frame, glass) -> None:
    """Draws a window into box = (left, top, right, bottom) in metres from the top left."""
    left, top, right, bottom = (round(value * TEXELS) for value in box)
    image[top - 3:top, left - 3:right + 3] *= 1.15
    image[bottom:bottom + 4, left - 4:right + 4] = np.clip(np.asarray(frame) * 1.02, 0, 255)
    image[bottom + 4:bottom + 7, left - 4:right + 4] *= 0.7
    image[top:bottom, left:right] = frame
    pane = image[top + 3:bottom - 3, left + 3:right - 3]
    rows, columns = pane.shape[:2]
    reflection = np.linspace(1.5, 0.75, rows)[:, None] + 0.25 * noise(random, rows, columns, (2, 4))
    pane[:] = tinted(glass, np.clip(reflection, 0.3, 2.2))
    if random.random() < 0.35:
        curtain = random.uniform(0.12, 0.3)
        for side in (slice(0, round(curtain * columns)), slice(columns - round(curtain * columns), columns)):
            pane[:, side] = pane[:, side] * 0.35 + np.array([150, 145, 135]) * 0.65
    pane[rows // 2 - 1:rows // 2 + 1] = frame
    pane[:, columns // 2 - 1:columns // 2 + 1] = frame
    image[top:top + 4, left:right] *= 0.62


def shop(random, image: np.ndarray, width: float, height: float) -> None:
    """Turns the ground floor into a shop: fascia with lettering, display windows, a door."""
    colour = np.array(AWNINGS[random.integers(len(AWNINGS))], float)
    floor = STOREY + 0.2
    top = 1 - floor / height
    rectangle(image, 0.02, top, 0.98, 1, colour * 0.8)
    rectangle(image, 0.02, top, 0.98, top + 0.65 / height, colour)
    letters = np.linspace(0.2, 0.8, 10)
    for start in letters[random.random(10) < 0.8]:
        rectangle(image, start, top + 0.2 / height, start + 0.035, top + 0.48 / height, (235, 228, 205))
    bays = max(round(width / 2.2), 2)
    door = random.integers(bays)
    for bay in range(bays):
        left, right = 0.05 + bay * 0.9 / bays, 0.03 + (bay + 1) * 0.9 / bays
        low = 0.1 if bay == door else 0.55
        glow = random.uniform(0.5, 1.4)
        rectangle(image, left, top + 0.8 / height, right, 1 - low / height, np.array([62, 70, 74]) * glow)
        rectangle(image, left, top + 0.8 / height, right, top + 1.15 / height, np.array([40, 45, 48]) * glow)
        if bay == door:
            rectangle(image, (left + right) / 2 - 0.004, top + 0.8 / height, (left + right) / 2 + 0.004, 1, colour * 0.6)


def facade(random, width: float, storeys: int, height: float, wall_colour) -> np.ndarray:
    """A whole front, (rows, columns, 3)."""
    image = wall(random, width, height, wall_colour)
    frame = np.array([(236, 234, 228), (70, 62, 58), (205, 205, 200), (60, 78, 70)][random.integers(4)], float)
    glass = np.array([(74, 88, 102), (52, 60, 70), (98, 112, 124)][random.integers(3)], float)
    count = max(round(width / random.uniform(2.0, 3.0)), 2)
    pitch = width / count
    wide, tall = min(pitch * 0.5, 1.5), random.uniform(1.45, 1.85)
    has_shop = random.random() < 0.45
    for storey in range(storeys):
        sill = height - storey * STOREY - 0.95
        for number in range(count):
            centre = (number + 0.5) * pitch
            if storey == 0 and (has_shop or number == count // 2):
                continue
            window(random, image, (centre - wide / 2, sill - tall, centre + wide / 2, sill), frame, glass)
    if has_shop:
        shop(random, image, width, height)
    else:
        centre, colour = (count // 2 + 0.5) / count, AWNINGS[random.integers(len(AWNINGS))]
        rectangle(image, centre - 0.75 / width, 1 - 2.65 / height, centre + 0.75 / width, 1, frame)
        rectangle(image, centre - 0.55 / width, 1 - 2.45 / height, centre + 0.55 / width, 1, colour)
        rectangle(image, centre - 0.4 / width, 1 - 2.3 / height, centre + 0.4 / width, 1 - 1.7 / height, glass)
    for storey in range(1, storeys):
        edge = 1 - (storey * STOREY + 0.25) / height
        rectangle(image, 0, edge, 1, edge + 0.12 / height, np.asarray(wall_colour) * 1.12)
    rectangle(image, 0, 0, 1, 0.3 / height, np.asarray(wall_colour) * 0.8 + 30)
    rectangle(image, 0, 0.3 / height, 1, 0.4 / height, np.asarray(wall_colour) * 0.55)
    return image
