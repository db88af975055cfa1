"""Writing pictures, label maps and videos."""

import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np


def write_png(path: Path, image: np.ndarray) -> None:
    """Writes (H, W) grey or (H, W, 3) RGB uint8 as PNG."""
    height, width = image.shape[:2]
    rows = image.reshape(height, -1)
    raw = np.concatenate((np.zeros((height, 1), np.uint8), rows), 1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if image.ndim == 3 else 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


class VideoWriter:
    """Pipes RGB frames to the ffmpeg program: H.264, yuv420p."""

    def __init__(self, path: Path, width: int, height: int, rate: int, quality: int):
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
                   "-r", str(rate), "-i", "-", "-c:v", "libx264", "-preset", "veryslow", "-crf", str(quality),
                   "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
                   "-vf", "scale=out_color_matrix=bt709", "-bitexact", "-threads", "1", "-movflags", "+faststart",
                   str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def add(self, frame: np.ndarray) -> None:
        self.process.stdin.write(frame.tobytes())

    def close(self) -> None:
        self.process.stdin.close()
        if self.process.wait():
            raise RuntimeError("ffmpeg failed")
