"""Optical flow of this project beside OpenCV's DIS presets: end-point error and time, both libraries in turns, one thread each.

Needs numpy and opencv-python-headless. Pictures come from Samples/street_flow and from the street rendered at the size that is asked for.

    swift build -c release --product segmotionbench
    python3 Benchmarks/flow.py .build/release/segmotionbench
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Samples"))
from generator.__main__ import FLOW_SET_SIZE, LUMA, buffers_at, picture_at  # noqa: E402
from generator.flow import forward_flow  # noqa: E402
from generator.street import Street  # noqa: E402

PRESETS = {"ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST, "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM}


def sample_pairs():
    """The pairs of Samples/street_flow: (first, second, flow, valid)."""
    width, height = FLOW_SET_SIZE
    folder = ROOT / "Samples/street_flow"
    for number in range(5):
        first, second = (cv2.imread(str(folder / f"{number + n}.png"), cv2.IMREAD_GRAYSCALE) for n in (0, 1))
        flow = np.fromfile(folder / f"{number}.flow", "<f4").reshape(height, width, 2)
        yield first, second, flow, cv2.imread(str(folder / f"{number}_valid.png"), cv2.IMREAD_GRAYSCALE) > 0


def rendered_pairs(width, height, seed, frames):
    """Pairs of neighbouring frames of the rendered street at 30 frames a second."""
    street = Street(seed, varied=False)

    def scene(at):
        quads, camera = street.scene.quads_at(at), street.camera(at, width, height)
        return quads, camera, buffers_at(street, quads, camera, width, height), (picture_at(street, at, width, height) @ LUMA + 0.5).astype(np.uint8)

    for frame in frames:
        (_, camera, buffers, first), (quads, later_camera, later_buffers, second) = scene(frame / 30), scene((frame + 1) / 30)
        yield first, second, *forward_flow(buffers, later_buffers, quads, camera, later_camera)


def cached_pairs(folder):
    """Pairs from .npz files with a, b, flow and valid."""
    for path in sorted(folder.glob("*.npz")):
        data = np.load(path)
        yield data["a"], data["b"], data["flow"], data["valid"]


class Program:
    """This project's flow, in a process of its own."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, preset, first, second, repeats):
        height, width = first.shape
        self.process.stdin.write(f"{preset} {width} {height} {repeats}\n".encode() + first.tobytes() + second.tobytes())
        self.process.stdin.flush()
        microseconds = float(self.process.stdout.readline())
        flow = np.frombuffer(self.process.stdout.read(8 * width * height), np.float32)
        return flow.reshape(height, width, 2), microseconds / 1000


def run_opencv(algorithm, first, second, repeats):
    least = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        flow = algorithm.calc(first, second, None)
        least = min(least, time.perf_counter() - start)
    return flow, least * 1000


def compare(name, pairs, program, repeats):
    for preset, number in PRESETS.items():
        algorithm = cv2.DISOpticalFlow_create(number)
        errors, times = ([], []), ([], [])
        for first, second, exact, valid in pairs:
            first, second = np.ascontiguousarray(first), np.ascontiguousarray(second)
            # The two take turns, so that neither has the quieter moments of the machine to itself.
            best = [float("inf")] * 2
            for turn in range(repeats):
                for which, run in enumerate((lambda: program.run(preset, first, second, 5), lambda: run_opencv(algorithm, first, second, 5))):
                    flow, spent = run()
                    best[which] = min(best[which], spent)
                    if turn == 0:
                        errors[which].append(np.hypot(*np.moveaxis(flow - exact, -1, 0))[valid])
            for which in range(2):
                times[which].append(best[which])
        for which, label in enumerate(("segplay", f"OpenCV {cv2.__version__}")):
            mean = np.mean([e.mean() for e in errors[which]])
            median = np.mean([np.median(e) for e in errors[which]])
            outliers = np.mean([(e > 3).mean() for e in errors[which]])
            print(f"{name:12} {preset:10} {label:14} end-point error {mean:.4f} (median {median:.4f}, over 3 px {outliers:.4f})  {np.mean(times[which]):.3f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the segmotionbench executable")
    parser.add_argument("--size", nargs=2, type=int, default=(480, 360), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--frames", nargs="*", type=int, default=[0, 60, 120, 180, 240, 280], help="frames of the street to render")
    parser.add_argument("--pairs", type=Path, help="folder of .npz files (a, b, flow, valid) instead of rendering")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    program = Program(arguments.program)
    compare("street_flow", list(sample_pairs()), program, arguments.repeats)
    width, height = arguments.size
    pairs = cached_pairs(arguments.pairs) if arguments.pairs else rendered_pairs(width, height, arguments.seed, arguments.frames)
    compare(f"{width}x{height}", list(pairs), program, arguments.repeats)


if __name__ == "__main__":
    main()
