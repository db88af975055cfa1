"""Command line: a video with labels and flow, or stills of many streets for training."""

import argparse
from pathlib import Path

import numpy as np

from .files import VideoWriter, write_png
from .flow import forward_flow
from .raster import Buffers, Camera, rasterise
from .shading import shade
from .street import Street

SUPERSAMPLING = 2
LATEST_STILL = 9.0
STILLS_PER_STREET = 3
FLOW_SET_SIZE = (224, 126)
FLOW_SET_FRAMES = 6
FLOW_SET_FIRST = 60
LUMA = np.array([0.299, 0.587, 0.114])


def buffers_at(street: Street, quads: np.ndarray, camera: Camera, width: int, height: int) -> Buffers:
    scene = street.scene
    return rasterise(quads, scene.textures, scene.atlas, scene.has_alpha, camera, width, height)


def picture_at(street: Street, time: float, width: int, height: int) -> np.ndarray:
    """One frame (height, width, 3) uint8 RGB, averaged from SUPERSAMPLING squared samples a pixel."""
    quads, camera = street.scene.quads_at(time), street.camera(time, width, height)
    fine = buffers_at(street, quads, camera, width * SUPERSAMPLING, height * SUPERSAMPLING)
    picture = shade(street, fine, quads, camera, time)
    picture = picture.reshape(height, SUPERSAMPLING, width, SUPERSAMPLING, 3).mean((1, 3))
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def labels_of(street: Street, buffers: Buffers) -> np.ndarray:
    """Class numbers (H, W) uint8 at the pixel centres; the sky where there is no quad."""
    return np.append(street.scene.labels, 0)[buffers.quad].astype(np.uint8)


def render_video(arguments) -> None:
    width, height = arguments.size
    street = Street(arguments.seed, varied=False)
    for folder in (arguments.labels, arguments.flow):
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
    video = VideoWriter(arguments.video, width, height, arguments.rate, arguments.quality)
    previous = None
    for number in range(arguments.frames + bool(arguments.flow)):
        time = number / arguments.rate
        quads, camera = street.scene.quads_at(time), street.camera(time, width, height)
        buffers = buffers_at(street, quads, camera, width, height)
        if arguments.flow and previous:
            flow, valid = forward_flow(previous[0], buffers, quads, previous[1], camera)
            np.save(arguments.flow / f"{number - 1:05d}_flow.npy", flow.astype(np.float16))
            write_png(arguments.flow / f"{number - 1:05d}_valid.png", valid.astype(np.uint8) * 255)
        previous = (buffers, camera)
        if number == arguments.frames:
            break
        if arguments.labels:
            write_png(arguments.labels / f"{number:05d}.png", labels_of(street, buffers))
        video.add(picture_at(street, time, width, height))
    video.close()


def render_stills(arguments) -> None:
    """Pictures and label maps of many varied streets, STILLS_PER_STREET of each, at random times of the drive."""
    width, height = arguments.size
    for name in ("images", "labels"):
        (arguments.stills / name).mkdir(parents=True, exist_ok=True)
    for number in range(arguments.frames):
        which, view = divmod(number, STILLS_PER_STREET)
        if view == 0:
            street = Street(arguments.seed + which, varied=True)
        time = street.random.uniform(0, LATEST_STILL)
        quads, camera = street.scene.quads_at(time), street.camera(time, width, height)
        buffers = buffers_at(street, quads, camera, width, height)
        name = f"{arguments.seed + which:06d}_{view}.png"
        write_png(arguments.stills / "labels" / name, labels_of(street, buffers))
        write_png(arguments.stills / "images" / name, picture_at(street, time, width, height))
        street.turn_head()


def render_flow_set(arguments) -> None:
    """Consecutive grey frames as PNG, the flow between each and the next as raw float32, and where it is valid."""
    width, height = FLOW_SET_SIZE
    arguments.flow_set.mkdir(parents=True, exist_ok=True)
    street = Street(arguments.seed, varied=False)
    previous = None
    for number in range(FLOW_SET_FRAMES):
        time = (FLOW_SET_FIRST + number) / arguments.rate
        quads, camera = street.scene.quads_at(time), street.camera(time, width, height)
        buffers = buffers_at(street, quads, camera, width, height)
        if previous:
            flow, valid = forward_flow(previous[0], buffers, quads, previous[1], camera)
            (arguments.flow_set / f"{number - 1}.flow").write_bytes(flow.astype("<f4").tobytes())
            write_png(arguments.flow_set / f"{number - 1}_valid.png", valid.astype(np.uint8) * 255)
        previous = (buffers, camera)
        grey = picture_at(street, time, width, height) @ LUMA
        write_png(arguments.flow_set / f"{number}.png", (grey + 0.5).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(prog="generator", description=__doc__)
    parser.add_argument("--video", type=Path, help="video file to write")
    parser.add_argument("--labels", type=Path, help="folder for the video's label maps")
    parser.add_argument("--flow", type=Path, help="folder for the video's optical flow and validity")
    parser.add_argument("--stills", type=Path, help="folder for stills of many streets, instead of a video")
    parser.add_argument("--flow-set", type=Path, help="folder for a few small frames with their flow, instead")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", nargs=2, type=int, default=(640, 360), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rate", type=int, default=30, help="frames a second")
    parser.add_argument("--quality", type=int, default=25, help="x264's constant rate factor")
    arguments = parser.parse_args()
    if arguments.stills:
        render_stills(arguments)
    elif arguments.flow_set:
        render_flow_set(arguments)
    elif arguments.video:
        render_video(arguments)
    else:
        parser.error("give --video, --stills or --flow-set")


if __name__ == "__main__":
    main()
