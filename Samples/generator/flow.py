"""Exact forward optical flow between two frames, from the surfaces that the buffers name."""

import numpy as np

from .raster import Buffers, Camera

DEPTH_TOLERANCE = 0.01


def forward_flow(now: Buffers, later: Buffers, quads: np.ndarray, camera: Camera, camera_later: Camera):
    """Flow (H, W, 2) float32 in pixels (x, y) and whether it is valid (H, W).

    `quads` are those of the later time. Valid: the surface point is in the later frame and nothing hides it there.
    """
    height, width = now.quad.shape
    focal = camera.focal * width
    y, x = np.mgrid[0:height, 0:width] + 0.5
    rays = np.stack(((x - width / 2) / focal, (y - height / 2) / focal, np.ones(x.shape)), -1)
    moved = rays @ camera.rotation() @ camera_later.rotation().T
    solid = now.quad >= 0
    corner, edge_u, edge_v = np.moveaxis(camera_later.to_camera(quads)[now.quad[solid]], 1, 0)
    moved[solid] = corner + now.u[solid, None] * edge_u + now.v[solid, None] * edge_v
    ahead = moved[..., 2] > 1e-6
    scale = np.where(ahead, camera_later.focal * width / np.where(ahead, moved[..., 2], 1), 0)
    target_x, target_y = moved[..., 0] * scale + width / 2, moved[..., 1] * scale + height / 2
    flow = np.stack((target_x - x, target_y - y), -1).astype(np.float32)

    inside = ahead & (target_x >= 0) & (target_x < width) & (target_y >= 0) & (target_y < height)
    inverse = np.where(solid, 1 / np.where(ahead, moved[..., 2], 1), 0)
    left, top = np.floor(target_x - 0.5), np.floor(target_y - 0.5)
    seen = np.zeros_like(inside)
    for row in (top, top + 1):
        for column in (left, left + 1):
            where = (np.clip(row, 0, height - 1).astype(int), np.clip(column, 0, width - 1).astype(int))
            seen |= (later.quad[where] == now.quad) | (later.inverse_depth[where] <= inverse * (1 + DEPTH_TOLERANCE))
    return flow, inside & seen
