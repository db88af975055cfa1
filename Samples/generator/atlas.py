"""Textures with their smaller copies, all in one array, so that a whole frame is textured at once."""

import numpy as np

LEVELS = 7


def halve(image: np.ndarray) -> np.ndarray:
    """Half the size by averaging 2x2; an odd last row or column is repeated."""
    height, width = image.shape[:2]
    padded = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return padded.reshape((height + 1) // 2, 2, (width + 1) // 2, 2, -1).mean((1, 3))


class Atlas:
    """Collects RGBA textures (h, w, 4) float 0...255; numbers them in the order they are added."""

    def __init__(self):
        self.images: list[list[np.ndarray]] = []

    def add(self, image: np.ndarray) -> int:
        """Adds a texture of three (opaque) or four channels and returns its number."""
        if image.shape[2] == 3:
            image = np.concatenate((image, np.full(image.shape[:2] + (1,), 255.0)), 2)
        levels = [image]
        while len(levels) < LEVELS:
            levels.append(halve(levels[-1]))
        self.images.append([np.clip(level, 0, 255).astype(np.uint8) for level in levels])
        return len(self.images) - 1

    def finish(self) -> None:
        """Packs all textures; call once, after the last `add`."""
        flat = [level.reshape(-1, 4) for levels in self.images for level in levels]
        starts = np.cumsum([0] + [len(level) for level in flat[:-1]])
        self.texels = np.concatenate(flat)
        self.starts = starts.reshape(-1, LEVELS)
        self.sizes = np.array([[level.shape[:2] for level in levels] for levels in self.images])
        self.widths = self.sizes[:, 0, 1]

    def alpha(self, texture: int, level: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Nearest alpha (uint8) of one texture at u, v in 0...1."""
        height, width = self.sizes[texture, level]
        rows, columns = (v * height).astype(np.int64), (u * width).astype(np.int64)
        return self.texels[self.starts[texture, level] + rows * width + columns, 3]

    def sample(self, textures: np.ndarray, levels: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Bilinear RGB (n, 3) float32; textures and levels (n,) int; u, v (n,) in repeats (they wrap)."""
        start = self.starts[textures, levels]
        height, width = self.sizes[textures, levels].T
        x, y = u * width - 0.5, v * height - 0.5
        left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        right_share, bottom_share = (x - left)[:, None], (y - top)[:, None]
        colour = np.zeros((len(u), 3), np.float32)
        for row, row_share in ((top, 1 - bottom_share), (top + 1, bottom_share)):
            for column, column_share in ((left, 1 - right_share), (left + 1, right_share)):
                texel = self.texels[start + row % height * width + column % width, :3]
                colour += texel * (row_share * column_share).astype(np.float32)
        return colour
