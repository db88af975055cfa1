"""From buffers to a picture: textures, light, soft shadows, sky and haze."""

import numpy as np

from .raster import Buffers, Camera, plane_coordinates, visible_boxes
from .scene import GROUND
from .street import Street
from .textures import noise

CLOUD_SEED_SHIFT = 1000
LEVEL_BIAS = -0.3
GAMMA = 0.95


def shade(street: Street, buffers: Buffers, quads: np.ndarray, camera: Camera, time: float) -> np.ndarray:
    """The picture (H, W, 3) float32 in 0...255 of what the buffers hold."""
    height, width = buffers.quad.shape
    scene, focal = street.scene, camera.focal * width
    picture = _sky(street, camera, width, height, time)
    solid = buffers.quad >= 0
    numbers = buffers.quad[solid]
    depth = 1 / buffers.inverse_depth[solid]
    texels = np.maximum(np.linalg.norm(quads[:, 1], axis=1), 1e-6) / (scene.repeats[:, 0] * scene.atlas.widths[scene.textures])
    footprint = depth / (focal * texels[numbers])
    levels = np.clip(np.round(np.log2(np.maximum(footprint, 1e-6)) + LEVEL_BIAS), 0, 6).astype(np.int64)
    repeats = scene.repeats[numbers]
    colour = scene.atlas.sample(scene.textures[numbers], levels, buffers.u[solid] * repeats[:, 0],
                                buffers.v[solid] * repeats[:, 1])
    colour *= (scene.shades[numbers, None] * scene.tints[numbers]).astype(np.float32)
    darkness = _shadows(street, buffers, camera, time)[solid]
    colour *= (1 - darkness)[:, None].astype(np.float32)
    clear = np.exp(-depth / street.weather.haze_metres).astype(np.float32)[:, None]
    picture[solid] = colour * clear + street.weather.haze.astype(np.float32) * (1 - clear)
    picture = np.clip(picture * street.weather.exposure, 0, 255)
    return 255 * (picture / 255) ** GAMMA


def _shadows(street: Street, buffers: Buffers, camera: Camera, time: float) -> np.ndarray:
    """How much light (H, W) shadows take from the ground."""
    height, width = buffers.quad.shape
    focal = camera.focal * width
    ground = np.append(np.isin(street.scene.labels, GROUND), False)[buffers.quad]
    light = np.ones((height, width))
    shadows = street.scene.shadows_at(time)
    quads = camera.to_camera(np.array([quad for quad, _, _ in shadows]))
    for number, box, homography in visible_boxes(quads, focal, width, height):
        _, darkness, softness = shadows[number]
        left, top, right, bottom = box
        u, v, c = plane_coordinates(box, homography, focal, width, height)
        reach = ((2 * u - 1) ** 4 + (2 * v - 1) ** 4) ** 0.25
        fade = np.clip((1 - reach) / softness, 0, 1) * (c > 0)
        light[top:bottom, left:right] *= 1 - darkness * fade
    return np.where(ground, 1 - light, 0)


def _sky(street: Street, camera: Camera, width: int, height: int, time: float) -> np.ndarray:
    """Gradient and drifting clouds on a flat layer high above, (H, W, 3) float32."""
    weather, focal = street.weather, camera.focal * width
    x = (np.arange(width) + 0.5 - width / 2) / focal
    y = (np.arange(height) + 0.5 - height / 2) / focal
    rays = np.stack((*np.broadcast_arrays(x[None], y[:, None]), np.ones((height, width))), -1) @ camera.rotation()
    rise = np.clip(rays[..., 1] / np.linalg.norm(rays, axis=-1), 0, 1)
    share = (rise ** 0.6)[..., None]
    sky = weather.horizon * (1 - share) + weather.zenith * share
    if not hasattr(street, "clouds"):
        street.clouds = noise(np.random.default_rng(CLOUD_SEED_SHIFT), 512, 512, (3, 6, 12, 24, 48, 96))
    above = np.maximum(rise, 0.02)
    columns = ((rays[..., 0] / above * 60 + 9 * time) % 512).astype(int)
    rows = ((rays[..., 2] / above * 60) % 512).astype(int)
    cover = np.clip((street.clouds[rows, columns] + weather.cover - 0.45) * 2.2, 0, 1) * np.clip(rise * 6, 0, 1)
    white = weather.horizon * 0.35 + 255 * 0.62
    return (sky * (1 - 0.85 * cover[..., None]) + white * 0.85 * cover[..., None]).astype(np.float32)
