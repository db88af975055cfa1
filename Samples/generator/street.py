"""Lays out a street from a seed: road, pavements, houses, trees, furniture, traffic and people, and the camera's way."""

from dataclasses import dataclass

import numpy as np

from . import textures as draw
from .atlas import Atlas
from .facades import STOREY, WALLS, facade, wall
from .people import Wardrobe, add_cyclist, add_person
from .raster import Camera
from .scene import (BUILDING, FENCE, PAVEMENT, POLE, ROAD, SIGN, TREE, Scene, Sun, ground_quad)
from .vehicles import add_car

LENGTH = 230.0
KERB = 0.12
GROUND_STEP = 12.0
CROWNS = 6
SPEED = 7.2
CHIMNEY_HEIGHT = 1.5
LEAVES = ((72, 96, 46), (92, 112, 52), (58, 84, 48), (120, 122, 60), (104, 92, 50))
BARK = (84, 70, 58)
IRON = ((34, 36, 36), (30, 58, 46), (120, 124, 128))
ROOFS = ((118, 70, 58), (84, 84, 90), (96, 80, 70))
POLES = ((84, 88, 90), (120, 124, 126), (44, 48, 50), (62, 84, 74))


@dataclass
class Weather:
    """Sky colours (zenith, horizon) and haze colour in 0...255, cloud cover 0...1, haze distance in metres."""

    zenith: np.ndarray
    horizon: np.ndarray
    cover: float
    haze: np.ndarray
    haze_metres: float
    exposure: float


class Street:
    """A scene with its weather and camera."""

    def __init__(self, seed: int, varied: bool):
        """`varied` widens every choice, for training stills; the sample video takes the mild middle."""
        self.random = random = np.random.default_rng(seed)
        self.varied = varied
        self.half_road = random.uniform(4.0, 6.2) if varied else 5.2
        self.pavement = random.uniform(2.0, 4.2) if varied else 3.0
        self.weather, sun = self._weather()
        self.camera_x, self.camera_height, self.camera_yaw, self.camera_pitch, self.focal = -1.7, 1.5, 0.0, -0.005, 0.86
        if varied:
            self.turn_head()
        self.scene = Scene(Atlas(), sun)
        self.wardrobe = Wardrobe(self.scene, random)
        self.crossing = random.uniform(25, 70) if varied else 52.0
        self.crowns = ([], [])
        self.bark = self.scene.atlas.add(draw.speckled(random, BARK, 0.2, 64))
        self.triangle = self.scene.atlas.add(draw.triangle(random))
        self._ground()
        for side in (-1, 1):
            self._houses(side)
            self._trees(side)
            self._furniture(side)
        self._end()
        self._traffic()
        self._people()
        self.scene.finish()

    def camera(self, time: float, width: int, height: int) -> Camera:
        """The camera at a time in seconds: a steady drive with a slow sway."""
        start = 2.0
        position = np.array([self.camera_x + 0.25 * np.sin(0.55 * time + 0.4),
                             self.camera_height + 0.012 * np.sin(7.1 * time) + 0.008 * np.sin(4.3 * time + 1),
                             start + SPEED * time])
        yaw = self.camera_yaw + 0.035 * np.sin(0.5 * time + 0.9)
        pitch = self.camera_pitch + 0.004 * np.sin(6.3 * time) + 0.006 * np.sin(0.8 * time)
        return Camera(position, yaw, pitch, 0.006 * np.sin(0.9 * time), self.focal * max(1.0, 1.333 * height / width))

    def turn_head(self) -> None:
        """Draws the camera's place, height and direction anew, within what the street's traffic allows."""
        random = self.random
        self.camera_x = random.uniform(-3.0, 1.0)
        self.camera_height = random.uniform(1.2, 2.0)
        self.camera_yaw = random.uniform(-0.35, 0.35) * (random.random() < 0.5)
        self.camera_pitch = random.uniform(-0.06, 0.06)
        self.focal = random.uniform(0.75, 1.25)

    def _weather(self) -> tuple[Weather, Sun]:
        random = self.random
        sunny = random.random() < 0.6 if self.varied else True
        azimuth = random.uniform(0, 2 * np.pi) if self.varied else 2.4
        elevation = np.radians(random.uniform(20, 60) if self.varied else 40)
        towards = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
        if sunny:
            sky = Weather(np.array([88, 136, 205.0]), np.array([196, 214, 232.0]), random.uniform(0.3, 0.6),
                          np.array([198, 208, 218.0]), random.uniform(160, 320), random.uniform(0.85, 1.05))
            return sky, Sun(towards, random.uniform(0.56, 0.68), random.uniform(0.4, 0.6))
        grey = random.uniform(170, 250)
        sky = Weather(np.array([0.92, 0.95, 1.0]) * grey, np.array([1.0, 1.0, 1.0]) * min(grey * 1.1, 255), 0.8,
                      np.array([0.97, 0.99, 1.0]) * grey * 0.95, random.uniform(90, 220), random.uniform(0.55, 0.95))
        return sky, Sun(np.array([0.0, 1.0, 0.0]), random.uniform(0.72, 0.9), random.uniform(0.1, 0.25))

    def _ground(self) -> None:
        """Road, zebra crossing, kerbs and pavements, in strips so that no quad is much larger than the view."""
        random, scene, half = self.random, self.scene, self.half_road
        lines = [(200, 165, 60), (215, 215, 210), (90, 90, 92)][random.integers(3) if self.varied else 0]
        asphalt = scene.atlas.add(draw.road(random, half, random.random() < 0.75 or not self.varied, lines))
        slab_tone = random.uniform(105, 175) if self.varied else 150
        slabs = scene.atlas.add(draw.paving(random, np.array([1.0, 0.97, 0.92]) * slab_tone))
        stone = scene.atlas.add(draw.speckled(random, np.array([1.0, 0.99, 0.97]) * (slab_tone + 22)))
        up = (0, 1, 0)
        for z in np.arange(-GROUND_STEP, LENGTH, GROUND_STEP):
            scene.add([(-half, 0, z + GROUND_STEP), (2 * half, 0, 0), (0, 0, -GROUND_STEP)], asphalt, ROAD, towards=up)
            for side in (-1, 1):
                edge = side * half
                scene.add([(edge, KERB, z), (0, 0, GROUND_STEP), (0, -KERB, 0)], stone, PAVEMENT,
                          towards=(-side, 0, 0), repeats=(12, 0.3))
                scene.add([(edge, KERB, z), (side * 0.18, 0, 0), (0, 0, GROUND_STEP)], stone, PAVEMENT, towards=up,
                          repeats=(0.3, 12))
                scene.add([(edge + side * 0.18, KERB, z), (side * (self.pavement + 4), 0, 0), (0, 0, GROUND_STEP)],
                          slabs, PAVEMENT, towards=up, repeats=((self.pavement + 4) / 4, GROUND_STEP / 4))
        zebra = scene.atlas.add(draw.crossing(random, half))
        scene.add([(-half + 0.6, 0.01, self.crossing), (2 * half - 1.2, 0, 0), (0, 0, 3.2)], zebra, ROAD, towards=up)

    def _houses(self, side: int) -> None:
        """A row of houses of varied width, height, setback and colour, with gaps here and there."""
        random, scene = self.random, self.scene
        face = self.half_road + self.pavement
        z = -14.0 + random.uniform(0, 4)
        while z < LENGTH:
            width, storeys = random.uniform(7, 15), random.integers(2, 5)
            if random.random() < (0.2 if self.varied else 0.12):
                self._garden(side, z, width, face)
                z += width
                continue
            height = storeys * STOREY + random.uniform(0.5, 1.2)
            x = side * (face + random.choice([0, 0, 0, 0.6, 1.4]))
            colour = np.array(WALLS[random.integers(len(WALLS))]) * random.uniform(0.85, 1.08)
            front = scene.atlas.add(facade(random, width, storeys, height, colour))
            gable = scene.atlas.add(wall(random, 8, height, colour * 0.95))
            tiles = scene.atlas.add(draw.planks(random, ROOFS[random.integers(len(ROOFS))]))
            inward = (-side, 0, 0)
            if side < 0:
                scene.add([(x, height, z), (0, 0, width), (0, -height, 0)], front, BUILDING, towards=inward)
            else:
                scene.add([(x, height, z + width), (0, 0, -width), (0, -height, 0)], front, BUILDING, towards=inward)
            for end, facing in ((z, -1), (z + width, 1)):
                scene.add([(x, height, end), (side * 8, 0, 0), (0, -height, 0)], gable, BUILDING, towards=(0, 0, facing))
            rise = random.uniform(1.8, 3.2)
            for end, facing in ((z, -1), (z + width, 1)):
                scene.add([(x, height + rise, end), (side * 8, 0, 0), (0, -rise, 0)], self.triangle, BUILDING,
                          towards=(0, 0, facing), tint=tuple(colour * 0.95 / 255))
            scene.add([(x + side * 4, height + rise, z), (0, 0, width), (-side * 4.25, -rise, 0)], tiles, BUILDING,
                      towards=(-side, 1, 0), repeats=(width / 3, 1))
            if random.random() < 0.6:
                self._chimney(x + side * 4, height + rise + 0.8, z + random.uniform(0.2, 0.7) * width, gable)
            self._shade_ground(side, x, height + rise, z, width)
            z += width + (random.uniform(0.5, 3) if random.random() < 0.15 else 0)

    def _chimney(self, x: float, y: float, z: float, texture: int) -> None:
        """A square chimney on the ridge, the middle of its top at (x, y, z)."""
        half, down = 0.45, (0, -CHIMNEY_HEIGHT, 0)
        self.scene.add([(x - half, y, z - half), (2 * half, 0, 0), down], texture, BUILDING, repeats=(0.1, 0.1))
        for edge in (-half, half):
            self.scene.add([(x + edge, y, z - half), (0, 0, 2 * half), down], texture, BUILDING,
                           towards=(np.sign(edge), 0, 0), repeats=(0.1, 0.1))

    def _shade_ground(self, side: int, x: float, height: float, z: float, width: float) -> None:
        """The shadow of a house on pavement and road, when the sun stands behind it."""
        sun = self.scene.sun
        if sun.direct < 0.3 or sun.direction[0] * side < 0.15:
            return
        reach = min(height * abs(sun.direction[0]) / sun.direction[1], 2 * self.half_road + self.pavement + 2)
        slant = -height * sun.direction[2] / sun.direction[1] * min(reach / (height + 1), 1)
        self.scene.shadows.append((np.array([(x, 0, z), (-side * reach, 0, slant), (0, 0, width)], float), 0.4, 0.03))

    def _garden(self, side: int, z: float, width: float, face: float) -> None:
        """A gap between houses: a fence in front, trees behind."""
        random, scene = self.random, self.scene
        x, height = side * face, random.uniform(1.1, 1.9)
        wooden = random.random() < 0.4
        if wooden:
            colour = np.array([(122, 92, 62), (96, 84, 72), (140, 116, 84)][random.integers(3)])
            panel, repeats = scene.atlas.add(draw.planks(random, colour)), (width / 1.8, 1)
        else:
            panel, repeats = scene.atlas.add(draw.railing(random, IRON[random.integers(len(IRON))])), (1, 1)
        step = width if wooden else 1.5
        for start in np.arange(z, z + width - 0.1, step):
            scene.add([(x, height + KERB, start), (0, 0, step), (0, -height, 0)], panel, FENCE, towards=(-side, 0, 0),
                      repeats=repeats)
        for _ in range(int(width / 2.5)):
            self._tree(x + side * random.uniform(2, 6), z + random.uniform(0, width), random.uniform(5, 10))

    def _trees(self, side: int) -> None:
        """Street trees near the kerb."""
        random = self.random
        spacing = random.uniform(9, 30) if self.varied else 19.0
        for z in np.arange(random.uniform(8, 8 + spacing), LENGTH, spacing):
            if abs(z - self.crossing) > 5:
                self._tree(side * (self.half_road + 0.8), z + random.uniform(-2, 2), random.uniform(4.5, 8))

    def _tree(self, x: float, z: float, height: float) -> None:
        random, scene = self.random, self.scene
        leafy = random.random() < (0.6 if self.varied else 0.75)
        trunk, thickness = height * (0.4 if leafy else 0.28), 0.05 + 0.022 * height
        scene.add([(x - thickness / 2, trunk, z), (thickness, 0, 0), (0, -trunk, 0)], self.bark, TREE)
        scene.add([(x, trunk, z - thickness / 2), (0, 0, thickness), (0, -trunk, 0)], self.bark, TREE,
                  towards=(-np.sign(x), 0, 0))
        size = height * (0.8 if leafy else 0.76)
        brightness = scene.sun.ambient + scene.sun.direct * 0.5
        tone = LEAVES[random.integers(len(LEAVES))] if leafy else BARK
        tint = tuple(np.array(tone) / 200 * random.uniform(0.8, 1.25))
        for layer, (dx, dy, dz) in enumerate(((0, 0, 0), (0.14, -0.06, -0.13), (-0.15, 0.03, 0.15))):
            if not leafy and layer > 1:
                continue
            crown = self._crown(leafy)
            centre = np.array([x + dx * size * leafy, height - size / 2 + dy * size * leafy, z + dz * size * leafy])
            scene.add([centre + [-size / 2, size / 2, 0], (size, 0, 0), (0, -size, 0)], crown, TREE,
                      shade=brightness * (1 - 0.07 * layer), tint=tint)
            if layer == 0:
                scene.add([centre + [0, size / 2, -size / 2], (0, 0, size), (0, -size, 0)], crown, TREE,
                          shade=brightness, tint=tint)
        scene.shadows.append((ground_quad((x, 0, z), 0.5, 0.5), 0.5, 0.9))
        if scene.sun.direct > 0.3 and leafy:
            shift = scene.sun.direction / scene.sun.direction[1] * (height - size / 2)
            scene.shadows.append((ground_quad((x - shift[0], 0, z - shift[2]), size * 0.42, size * 0.42), 0.36, 0.5))

    def _crown(self, leafy: bool) -> int:
        """A crown's texture, in grey for tinting: drawn anew for the first few trees, then one of those."""
        crowns = self.crowns[leafy]
        if len(crowns) < CROWNS:
            grey = (200, 200, 200)
            crowns.append(self.scene.atlas.add(draw.foliage(self.random, grey, self.random.uniform(0.45, 0.8))
                                               if leafy else draw.bare_tree(self.random, grey)))
        return crowns[self.random.integers(len(crowns))]

    def _pole(self, x: float, z: float, height: float, thickness: float, colour) -> None:
        """Two crossed faces, so that a pole has a width from every side."""
        metal = self.scene.atlas.add(draw.speckled(self.random, colour, 0.06, 32))
        self.scene.add([(x - thickness / 2, height, z), (thickness, 0, 0), (0, -height, 0)], metal, POLE)
        self.scene.add([(x, height, z - thickness / 2), (0, 0, thickness), (0, -height, 0)], metal, POLE,
                       towards=(-np.sign(x), 0, 0))

    def _furniture(self, side: int) -> None:
        """Lamps, signs, traffic lights at the crossing, bollards and railings at the kerb."""
        random, scene = self.random, self.scene
        x = side * (self.half_road + 0.45)
        colour = np.array(POLES[random.integers(len(POLES))], float)
        spacing = random.uniform(14, 32) if self.varied else 24.0
        for z in np.arange(random.uniform(3, 16) + 6 * (side > 0), LENGTH, spacing):
            height = random.uniform(5.5, 8.5)
            self._pole(x, z, height, 0.16, colour)
            arm = scene.atlas.add(draw.speckled(random, colour, 0.05, 16))
            scene.add([(x, height, z), (-side * 1.6, 0, 0), (0, -0.1, 0)], arm, POLE)
            scene.add([(x - side * 1.1, height + 0.08, z - 0.01), (-side * 0.8, 0, 0), (0, -0.2, 0)], arm, POLE)
        for z in np.arange(random.uniform(8, 24), LENGTH, random.uniform(13, 30) if self.varied else 21.0):
            self._sign(x + side * random.uniform(0, 0.6), z, colour)
        self._signal(side, x, self.crossing - 0.8, colour)
        for _ in range(random.integers(1, 4)):
            self._kerb_railing(side, random.uniform(5, LENGTH * 0.6), random.integers(3, 9))
        for z in np.arange(random.uniform(20, 60), LENGTH, 45):
            for step in range(4):
                self._pole(side * (self.half_road + 0.4), z + 1.5 * step, 1.0, 0.13, colour * 0.5)

    def _sign(self, x: float, z: float, colour) -> None:
        height = self.random.uniform(2.4, 3.2)
        size = self.random.uniform(0.6, 0.95)
        self._pole(x, z, height, 0.09, colour)
        face = self.scene.atlas.add(draw.sign_face(self.random))
        self.scene.add([(x - size / 2, height + 0.1, z - 0.06), (size, 0, 0), (0, -size, 0)], face, SIGN)

    def _signal(self, side: int, x: float, z: float, colour) -> None:
        self._pole(x, z, 3.3, 0.14, colour * 0.7)
        lamps = self.scene.atlas.add(draw.signal_head(2 if side < 0 else 0))
        self.scene.add([(x - 0.19, 3.5, z - 0.1), (0.38, 0, 0), (0, -0.95, 0)], lamps, SIGN, shade=0.9)
        for edge in (-0.19, 0.19):
            dark = self.scene.atlas.add(np.full((4, 4, 3), 30.0))
            self.scene.add([(x + edge, 3.5, z - 0.1), (0, 0, 0.25), (0, -0.95, 0)], dark, SIGN)

    def _kerb_railing(self, side: int, z: float, panels: int) -> None:
        panel = self.scene.atlas.add(draw.railing(self.random, IRON[self.random.integers(len(IRON))]))
        for number in range(panels):
            self.scene.add([(side * (self.half_road + 0.3), 1.05 + KERB, z + 1.5 * number), (0, 0, 1.5), (0, -1.05, 0)],
                           panel, FENCE, towards=(-side, 0, 0))

    def _end(self) -> None:
        """Closes the street: a cross road's houses and trees far away."""
        random = self.random
        for x in np.arange(-60, 60, 14):
            height = random.integers(2, 5) * STOREY + 0.8
            front = self.scene.atlas.add(facade(random, 14, int(height / STOREY), height,
                                                np.array(WALLS[random.integers(len(WALLS))])))
            self.scene.add([(x, height, LENGTH + 12), (14, 0, 0), (0, -height, 0)], front, BUILDING)
        for x in np.arange(-30, 30, 5):
            self._tree(x + random.uniform(-2, 2), LENGTH + 6, random.uniform(6, 11))

    def _traffic(self) -> None:
        """Parked cars at both kerbs, oncoming cars, and one that drives ahead. Traffic keeps left."""
        random, scene = self.random, self.scene
        for side in (-1, 1):
            z = random.uniform(8, 20)
            share = random.uniform(0.2, 0.8) if self.varied else 0.6
            while z < LENGTH:
                if random.random() < share and abs(z - self.crossing) > 7 and self.half_road > 4.6:
                    x = side * (self.half_road - 1.05)
                    heading = 0.0 if side < 0 else np.pi
                    if random.random() < 0.15:
                        heading += np.pi
                    add_car(scene, random, _still(x, z), heading + random.uniform(-0.03, 0.03))
                z += random.uniform(5.8, 9)
        lane = self.half_road * 0.32
        for z in np.arange(random.uniform(6, 30), LENGTH * 1.2, random.uniform(24, 60) if self.varied else 38.0):
            add_car(scene, random, _driving(lane, z, -random.uniform(7, 9)), np.pi)
        ahead = random.uniform(7, 40) if self.varied else 19.0
        add_car(scene, random, _driving(-lane, ahead, SPEED + (random.uniform(-1, 1) if self.varied else 0.5)), 0.0)
        if self.varied and random.random() < 0.4:
            add_car(scene, random, _driving(random.uniform(-4, 4), random.uniform(9, 30), 0), random.uniform(0, 2 * np.pi))

    def _people(self) -> None:
        """Walkers on both pavements, two who cross at the zebra, and cyclists."""
        random, scene, wardrobe = self.random, self.scene, self.wardrobe
        for side in (-1, 1):
            z = random.uniform(6, 14)
            while z < LENGTH * 0.75:
                for _ in range(random.choice([1, 1, 2, 3])):
                    away = random.random() < 0.5
                    x = side * (self.half_road + random.uniform(0.9, self.pavement - 0.4))
                    add_person(scene, wardrobe, (x, KERB, z + random.uniform(-0.8, 0.8)), 0.0 if away else np.pi,
                               random.uniform(0.9, 1.6) * (random.random() < 0.9), np.radians(-55 if away else 55))
                z += random.uniform(5, 22) if self.varied else random.uniform(6, 16)
        spread = 6.5 if self.varied else 3.0
        for number in range(2):
            direction = 1 if number else -1
            x = -direction * (random.uniform(-1, 1) * spread + (3.0 if not self.varied else 0))
            add_person(scene, wardrobe, (x, 0, self.crossing + 0.9 + 1.2 * number), direction * np.pi / 2, 1.1,
                       0.0 if direction > 0 else np.pi)
        kerb = self.half_road - (2.4 if self.half_road > 4.6 else 0.8)
        add_cyclist(scene, wardrobe, (-kerb - 0.15, 0, random.uniform(6, 30) if self.varied else 13.0),
                    0.0, 4.6 if self.varied else 5.8)
        add_cyclist(scene, wardrobe, (kerb + 0.3, 0, random.uniform(14, 50) if self.varied else 60.0), np.pi, 4.6)
        if self.varied:
            for _ in range(random.integers(0, 4)):
                add_cyclist(scene, wardrobe, (random.uniform(-5, 5), 0, random.uniform(6, 35)), random.uniform(0, 2 * np.pi), 4.0)


def _still(x: float, z: float):
    return lambda time: (x, 0.0, z)


def _driving(x: float, z: float, speed: float):
    return lambda time: (x, 0.0, z + speed * time)
