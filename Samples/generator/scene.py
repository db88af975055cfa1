"""A scene: quads that stand still, quads that move, and soft shadows on the ground."""

from dataclasses import dataclass, field

import numpy as np

from .atlas import Atlas

SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE, SIGN, FENCE, CAR, PEDESTRIAN, BICYCLIST = range(11)
GROUND = (ROAD, PAVEMENT)


@dataclass
class Sun:
    """Unit vector towards the sun (3,), light from the sky and light from the sun (brightness factors)."""

    direction: np.ndarray
    ambient: float
    direct: float

    def shade(self, edge_u, edge_v, towards) -> float:
        """Brightness of a quad whose visible side faces `towards` (3,)."""
        normal = np.cross(edge_u, edge_v)
        normal = normal / max(np.linalg.norm(normal), 1e-9)
        if normal @ np.asarray(towards, float) < 0:
            normal = -normal
        return self.ambient * (0.85 + 0.15 * normal[1]) + self.direct * max(normal @ self.direction, 0.0)


@dataclass
class Scene:
    """Everything that is drawn. A quad is origin, edge u, edge v (3, 3); a shadow is a quad and its darkness."""

    atlas: Atlas
    sun: Sun
    quads: list = field(default_factory=list)
    textures: list = field(default_factory=list)
    repeats: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    shades: list = field(default_factory=list)
    tints: list = field(default_factory=list)
    has_alpha: list = field(default_factory=list)
    movers: list = field(default_factory=list)
    shadows: list = field(default_factory=list)
    moving_shadows: list = field(default_factory=list)

    def add(self, quad, texture: int, label: int, shade: float | None = None, towards=(0, 0, -1),
            repeats=(1.0, 1.0), tint=(1.0, 1.0, 1.0)) -> None:
        """Adds a quad; its brightness follows the sun unless `shade` is given."""
        quad = np.asarray(quad, float)
        self.quads.append(quad)
        self.textures.append(texture)
        self.repeats.append(repeats)
        self.labels.append(label)
        self.shades.append(self.sun.shade(quad[1], quad[2], towards) if shade is None else shade)
        self.tints.append(tint)
        self.has_alpha.append(bool((self.atlas.images[texture][0][..., 3] < 255).any()))

    def add_mover(self, first: int, place) -> None:
        """Quads from number `first` on move: place(time) gives them as (n, 3, 3) world quads."""
        self.movers.append((slice(first, len(self.quads)), place))

    def finish(self) -> None:
        """Turns the lists into arrays; call once, after the last quad."""
        self.atlas.finish()
        for name in ("quads", "textures", "repeats", "labels", "shades", "tints", "has_alpha"):
            setattr(self, name, np.array(getattr(self, name)))

    def quads_at(self, time: float) -> np.ndarray:
        """All quads (Q, 3, 3) at a time in seconds, always in the same order."""
        quads = self.quads.copy()
        for where, place in self.movers:
            quads[where] = place(time)
        return quads

    def shadows_at(self, time: float) -> list[tuple[np.ndarray, float, float]]:
        """(quad, darkness 0...1, softness 0...1) of every shadow at a time."""
        return self.shadows + [(place(time), darkness, softness) for place, darkness, softness in self.moving_shadows]


def turned(quads: np.ndarray, yaw: float, position) -> np.ndarray:
    """Local quads (n, 3, 3) turned about the vertical (0 faces +z, positive towards +x) and moved to a position."""
    c, s = np.cos(yaw), np.sin(yaw)
    world = quads @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
    world[:, 0] += np.asarray(position, float)
    return world


def ground_quad(centre, half_x: float, half_z: float, yaw: float = 0.0) -> np.ndarray:
    """A flat rectangle (3, 3) just above the ground around (x, y, z)."""
    local = np.array([[[-half_x, 0, -half_z], [2 * half_x, 0, 0], [0, 0, 2 * half_z]]], float)
    return turned(local, yaw, centre)[0]
