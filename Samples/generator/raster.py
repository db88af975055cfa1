"""A z-buffer for textured parallelograms, exact in perspective.

World axes: x right, y up, z forward along the street; metres. A quad is three vectors: origin P, edges U and V; its
points are P + u U + v V with u, v in 0...1. Screen: x right, y down, pixel centres at +0.5.
"""

from dataclasses import dataclass

import numpy as np

NEAR = 0.3
ALPHA_THRESHOLD = 128
ALPHA_LEVELS = 3


@dataclass
class Camera:
    """Where the camera is (3,), how it is turned (radians), and its focal length as a share of the image width."""

    position: np.ndarray
    yaw: float
    pitch: float
    roll: float
    focal: float

    def rotation(self) -> np.ndarray:
        """(3, 3) matrix from world axes to camera axes (x right, y down, z forward)."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
        tilt = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        lean = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
        return np.diag([1.0, -1.0, 1.0]) @ lean @ tilt @ turn

    def to_camera(self, quads: np.ndarray) -> np.ndarray:
        """World quads (Q, 3 vectors, 3 axes) in camera axes."""
        moved = quads.copy()
        moved[:, 0] -= self.position
        return moved @ self.rotation().T


@dataclass
class Buffers:
    """What each sample (H, W) shows: quad number (-1 the sky), its u and v, and 1 / depth (0 for the sky)."""

    quad: np.ndarray
    u: np.ndarray
    v: np.ndarray
    inverse_depth: np.ndarray


def _screen_box(corners: np.ndarray, focal: float, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Pixels left, top, right, bottom (exclusive) that a camera-space polygon (4, 3) may touch, or None."""
    near = corners[:, 2] > NEAR
    if not near.any():
        return None
    points = corners[near]
    if not near.all():
        following = np.roll(corners, -1, 0)
        crossing = near != np.roll(near, -1)
        start, end = corners[crossing], following[crossing]
        share = (NEAR - start[:, 2]) / (end[:, 2] - start[:, 2])
        points = np.concatenate((points, start + share[:, None] * (end - start)))
    xs = points[:, 0] / points[:, 2] * focal + width / 2
    ys = points[:, 1] / points[:, 2] * focal + height / 2
    left, right = max(int(np.floor(xs.min())), 0), min(int(np.ceil(xs.max())), width)
    top, bottom = max(int(np.floor(ys.min())), 0), min(int(np.ceil(ys.max())), height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def visible_boxes(quads: np.ndarray, focal: float, width: int, height: int):
    """Yields (number, box, homography (3, 3)) for each camera-space quad on screen.

    The homography takes (x, y, 1) in normalised camera coordinates to (u, v, 1) / depth.
    """
    origin, edge_u, edge_v = quads[:, 0], quads[:, 1], quads[:, 2]
    corners = np.stack((origin, origin + edge_u, origin + edge_u + edge_v, origin + edge_v), 1)
    volume = np.einsum("qi,qi->q", np.cross(edge_u, edge_v), origin)
    for number in np.flatnonzero((corners[:, :, 2].max(1) > NEAR) & (np.abs(volume) > 1e-7)):
        box = _screen_box(corners[number], focal, width, height)
        if box is not None:
            yield number, box, np.linalg.inv(np.stack((edge_u[number], edge_v[number], origin[number]), 1))


def plane_coordinates(box, homography: np.ndarray, focal: float, width: int, height: int):
    """u, v and 1 / depth of a quad's plane at the pixels of a box, each (bottom - top, right - left)."""
    left, top, right, bottom = box
    x = ((np.arange(left, right) + 0.5 - width / 2) / focal)[None]
    y = ((np.arange(top, bottom) + 0.5 - height / 2) / focal)[:, None]
    a, b, c = (row[0] * x + row[1] * y + row[2] for row in homography)
    positive = np.where(c > 1e-9, c, np.inf)
    return a / positive, b / positive, c


def rasterise(quads: np.ndarray, textures: np.ndarray, atlas, has_alpha: np.ndarray, camera: Camera,
              width: int, height: int) -> Buffers:
    """Draws world quads (Q, 3, 3); `textures` (Q,) numbers in `atlas`; where `has_alpha` (Q,) their shape counts."""
    focal = camera.focal * width
    buffers = Buffers(np.full((height, width), -1, np.int32), np.zeros((height, width), np.float32),
                      np.zeros((height, width), np.float32), np.zeros((height, width)))
    for number, box, homography in visible_boxes(camera.to_camera(quads), focal, width, height):
        left, top, right, bottom = box
        area = np.s_[top:bottom, left:right]
        u, v, c = plane_coordinates(box, homography, focal, width, height)
        drawn = (c > buffers.inverse_depth[area]) & (u >= 0) & (u < 1) & (v >= 0) & (v < 1) & (c < 1 / NEAR)
        if has_alpha[number]:
            texels = max(np.linalg.norm(quads[number, 1]), 1e-6) / atlas.widths[textures[number]]
            footprint = 1 / (max(c.max(), 1e-6) * focal * texels)
            level = int(np.clip(np.log2(max(footprint, 1e-6)), 0, ALPHA_LEVELS - 1))
            drawn[drawn] = atlas.alpha(textures[number], level, u[drawn], v[drawn]) >= ALPHA_THRESHOLD
        buffers.quad[area][drawn] = number
        buffers.u[area][drawn] = u[drawn]
        buffers.v[area][drawn] = v[drawn]
        buffers.inverse_depth[area][drawn] = c[drawn]
    return buffers
