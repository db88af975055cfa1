"""Walking people and cyclists: limbs are flat quads that swing about their joints, so that their flow is exact."""

import numpy as np

from .scene import BICYCLIST, PEDESTRIAN, Scene, ground_quad, turned
from .textures import capsule, head, torso, wheel

CLOTHES = ((40, 50, 80), (120, 30, 36), (30, 30, 34), (90, 96, 100), (36, 84, 70), (170, 150, 120), (200, 196, 190),
           (150, 90, 40), (70, 50, 90), (196, 60, 70), (60, 110, 160))
TROUSERS = ((34, 40, 60), (40, 38, 38), (90, 80, 66), (60, 66, 80), (26, 26, 30))
SKINS = ((222, 180, 152), (196, 150, 118), (140, 98, 72), (100, 70, 52))
HAIRS = ((40, 28, 20), (90, 60, 36), (150, 120, 70), (24, 22, 22), (150, 146, 140))
STRIDE_SECONDS = 1.05


def limb(start, end, width: float, axis) -> np.ndarray:
    """A quad (3, 3) along start -> end (3,), `width` across in the plane that holds `axis`."""
    along = np.asarray(end, float) - start
    across = np.asarray(axis, float) - along * (np.dot(axis, along) / max(np.dot(along, along), 1e-9))
    across *= width / max(np.linalg.norm(across), 1e-9)
    overlap = along * (width / 2 / max(np.linalg.norm(along), 1e-9))
    return np.array([start - across / 2 - overlap, across, along + 2 * overlap])


def bent(start, end, first: float, second: float, direction) -> np.ndarray:
    """The joint (3,) between two bones of given lengths from start to end, bending towards `direction`."""
    span = np.asarray(end, float) - start
    distance = min(np.linalg.norm(span), 0.999 * (first + second))
    unit = span / max(np.linalg.norm(span), 1e-9)
    along = (first ** 2 - second ** 2 + distance ** 2) / (2 * distance)
    side = np.asarray(direction, float) - unit * np.dot(direction, unit)
    side /= max(np.linalg.norm(side), 1e-9)
    return start + unit * along + side * np.sqrt(max(first ** 2 - along ** 2, 0))


class Wardrobe:
    """Textures that all people share, and colours picked for one person."""

    def __init__(self, scene: Scene, random):
        self.scene, self.random = scene, random
        self.limb, self.torso = scene.atlas.add(capsule()), scene.atlas.add(torso())
        self.faces = [scene.atlas.add(head(skin, hair)) for skin in SKINS for hair in HAIRS]
        self.backs = [scene.atlas.add(head(hair, hair)) for hair in HAIRS]
        self.wheels = [scene.atlas.add(wheel(rim)) for rim in ((170, 170, 175), (60, 60, 64))]

    def head(self, heading: float) -> int:
        """A head's texture: its back for one who goes away from the camera."""
        heads = self.backs if np.cos(heading) > 0.5 else self.faces
        return heads[self.random.integers(len(heads))]

    def pick(self, colours) -> tuple[float, float, float]:
        return tuple(np.array(colours[self.random.integers(len(colours))]) / 255 * self.random.uniform(0.8, 1.15))


def add_person(scene: Scene, wardrobe: Wardrobe, position, heading: float, speed: float, view: float) -> None:
    """Adds a walker who is at `position` (x, y, z) at time 0.

    `heading` (yaw) is where the person goes, `speed` in m/s; `view` (yaw) is how the flat figure is turned, so that
    the stride shows even when the person walks straight away.
    """
    random = wardrobe.random
    size, phase = random.uniform(0.9, 1.08), random.uniform(0, 1)
    coat, trousers = wardrobe.pick(CLOTHES), wardrobe.pick(TROUSERS)
    skin = tuple(np.array(SKINS[random.integers(len(SKINS))]) / 255)
    face = wardrobe.head(heading)
    sideways, up, deep = np.eye(3)

    def figure(time: float) -> np.ndarray:
        swing = np.sin(2 * np.pi * (time / STRIDE_SECONDS * (speed > 0) + phase)) * (1 if speed > 0 else 0.12)
        bob = 0.025 * np.cos(4 * np.pi * (time / STRIDE_SECONDS + phase)) * (speed > 0)
        hip, shoulder = up * (0.9 + bob), up * (1.42 + bob)
        quads = []
        for sign, depth in ((1, -0.05), (-1, 0.05)):
            away = np.array([0, 0, depth])
            foot = away + np.array([0.30 * swing * sign + 0.05 * sign, 0.06 + 0.09 * max(swing * -sign, 0), 0])
            start = hip + away + sideways * 0.07 * sign
            knee = bent(start, foot, 0.44, 0.43, sideways)
            for axis in (sideways, deep):
                quads += [limb(start, knee, 0.17, axis), limb(knee, foot, 0.13, axis)]
            quads.append(limb(foot - up * 0.02, foot + sideways * 0.14 - up * 0.02, 0.08, up))
        for sign, depth in ((1, 0.07), (-1, -0.07)):
            start = shoulder + np.array([0.16 * sign, -0.04, depth])
            hand = start + np.array([-0.22 * swing * sign + 0.05 * sign, -0.52, 0])
            elbow = bent(start, hand, 0.28, 0.28, -sideways)
            for axis in (sideways, deep):
                quads += [limb(start, elbow, 0.11, axis), limb(elbow, hand, 0.09, axis)]
        for axis, width in ((sideways, 0.46), (deep, 0.34)):
            quads.append(np.array([shoulder + up * 0.05 - axis * width / 2, axis * width, -up * 0.66]))
            quads.append(np.array([shoulder + up * 0.36 - axis * 0.12, axis * 0.24, -up * 0.29]))
        return np.array(quads) * size

    textures = [wardrobe.limb] * 18 + [wardrobe.torso, face] * 2
    tints = ([trousers] * 4 + [(0.12, 0.11, 0.1)]) * 2 + [coat, skin] * 4 + [coat, (1, 1, 1)] * 2
    _add_articulated(scene, figure, textures, tints, PEDESTRIAN, position, heading, speed, view, 0.32, 0.32)


def add_cyclist(scene: Scene, wardrobe: Wardrobe, position, heading: float, speed: float) -> None:
    """Adds a cyclist; the wheels turn and the legs pedal. Arguments as for `add_person`."""
    random = wardrobe.random
    coat, trousers = wardrobe.pick(CLOTHES), wardrobe.pick(TROUSERS)
    frame, skin = wardrobe.pick(CLOTHES), tuple(np.array(SKINS[random.integers(len(SKINS))]) / 255)
    face, rim = wardrobe.head(heading), wardrobe.wheels[random.integers(2)]
    phase, radius = random.uniform(0, 1), 0.34
    across, up, ahead = np.eye(3)
    rear, front, crank = ahead * -0.52 + up * radius, ahead * 0.52 + up * radius, up * 0.30
    saddle, bars = np.array([0, 0.95, -0.22]), np.array([0, 1.0, 0.38])

    def figure(time: float) -> np.ndarray:
        quads = []
        turn = -(speed * time / radius) + phase
        for hub in (rear, front):
            u = radius * 2 * (ahead * np.cos(turn) + up * np.sin(turn))
            v = radius * 2 * (ahead * np.sin(turn) - up * np.cos(turn))
            quads.append(np.array([hub - u / 2 - v / 2, u, v]))
            quads.append(np.array([hub + up * radius - across * 0.025, across * 0.05, -up * 2 * radius]))
        for start, end in ((rear, saddle), (rear, crank), (crank, saddle), (crank, bars), (saddle, bars), (front, bars)):
            quads.append(limb(start, end, 0.045, across if start is front else up + ahead))
        quads.append(limb(bars - across * 0.25, bars + across * 0.25, 0.05, up))
        shoulder = np.array([0, 1.45, 0.12])
        quads.append(np.array([shoulder + [-0.22, 0.06, 0], [0.44, 0, 0], saddle - shoulder - up * 0.02]))
        quads.append(limb(saddle + up * 0.04, shoulder, 0.3, ahead))
        for sign in (1, -1):
            pedal_turn = 2 * np.pi * (0.9 * time + phase) + (np.pi if sign > 0 else 0)
            pedal = crank + 0.17 * (up * np.cos(pedal_turn) + ahead * np.sin(pedal_turn)) + across * 0.1 * sign
            hip = saddle + across * 0.1 * sign
            knee = bent(hip, pedal, 0.42, 0.42, ahead)
            for axis in (across, ahead):
                quads += [limb(hip, knee, 0.15, axis), limb(knee, pedal, 0.11, axis)]
            hand = bars + across * 0.22 * sign
            start = shoulder + across * 0.17 * sign
            elbow = bent(start, hand, 0.28, 0.28, -up)
            for axis in (across, ahead):
                quads += [limb(start, elbow, 0.1, axis), limb(elbow, hand, 0.08, axis)]
        for axis in (across, ahead):
            quads.append(np.array([shoulder + up * 0.36 + ahead * 0.04 - axis * 0.12, axis * 0.24, -up * 0.28]))
        return np.array(quads)

    thin, dark = wardrobe.limb, (0.1, 0.1, 0.1)
    textures = [rim, thin, rim, thin] + [thin] * 7 + [wardrobe.torso, thin] + [thin] * 16 + [face, face]
    tints = [(1, 1, 1), dark, (1, 1, 1), dark] + [frame] * 6 + [dark, coat, coat]
    tints += ([trousers] * 4 + [coat, skin] * 2) * 2 + [(1, 1, 1)] * 2
    _add_articulated(scene, figure, textures, tints, BICYCLIST, position, heading, speed, heading, 0.3, 0.9)


def _add_articulated(scene: Scene, figure, textures, tints, label: int, position, heading: float, speed: float,
                     view: float, half_x: float, half_z: float) -> None:
    """Adds a figure of flat limbs (figure(time) gives local quads) that goes straight on."""
    direction = np.array([np.sin(heading), 0, np.cos(heading)])
    first = len(scene.quads)
    brightness = scene.sun.ambient + 0.45 * scene.sun.direct

    def place(time: float) -> np.ndarray:
        return np.asarray(position, float) + direction * speed * time

    for quad, texture, tint in zip(figure(0.0), textures, tints, strict=True):
        scene.add(quad, texture, label, shade=brightness, tint=tint)
    scene.add_mover(first, lambda time: turned(figure(time), view, place(time)))
    scene.moving_shadows.append((lambda time: ground_quad(place(time), half_x, half_z, heading), 0.6, 0.9))
