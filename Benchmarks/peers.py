#!/usr/bin/env python3
"""Measures segplay beside PyTorch, ONNX Runtime and OpenVINO: the same networks with the same weights at the same size, all engines in turns.

Makes a virtual environment with the engines under .build/peers first. Results go to Benchmarks/results, named after the processor. See Benchmarks/README.md.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from peers import environment
from peers.contestant import ENGINES, OURS, OURS_FROM_PICTURE, Contestant, PictureBench, Setting
from peers.report import PRECISIONS, entry, markdown

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build/peers"

NETWORKS = {
    "enet": ("ENet", "enet:davidtvs", "512x1024"),
    "fast-scnn": ("Fast-SCNN", "fast-scnn:tramac", "1024x2048"),
    "hrnet": ("HRNet-W18", "hrnet:torch:w18", "512x1024"),
    "icnet": ("ICNet ResNet-50", "icnet:liminn:resnet50", "512x1024"),
    "yolact": ("YOLACT ResNet-50", "yolact:yolact:resnet50", "550x550"),
    "yolact-edge": ("YolactEdge MobileNetV2", "yolact-edge:yolact-edge:mobilenetv2", "550x550"),
}


def main() -> None:
    arguments = parse()
    environment.enter(BUILD / "venv")
    pin(arguments.processors or sorted(os.sched_getaffinity(0))[-arguments.threads :])
    path = arguments.output / environment.file_name()
    if arguments.threads > 1:
        path = path.with_name(f"{path.name}-{arguments.threads}-threads")
    results = {
        "processor": environment.processor(), "kind": environment.processor_kind(), "flags": environment.processor_flags(),
        "system": f"{platform.system()} {platform.machine()}", "threads": arguments.threads, "versions": environment.versions(), "networks": [],
    }
    if path.with_suffix(".json").exists():
        results["networks"] = json.loads(path.with_suffix(".json").read_text())["networks"]
    for name in arguments.networks:
        for until in arguments.until:
            measured = compare(name, until, arguments)
            same = {(measured["title"], measured["size"], until)}
            others = [network for network in results["networks"] if (network["title"], network["size"], network["until"]) not in same]
            titles = [title for title, _, _ in NETWORKS.values()]
            results["networks"] = sorted([*others, measured], key=lambda network: (network["until"], titles.index(network["title"])))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
            path.with_suffix(".md").write_text(markdown(results))
    print(f"{path}.md")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES, help="segplay takes part in any case")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument(
        "--until", nargs="+", choices=("labels", "outputs"), default=["labels"], help="what is timed: up to labels, or the network's own outputs")
    parser.add_argument(
        "--clock", choices=("wall", "processor"), default="wall", help="processor: only the time that a process has a processor, for busy machines")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processors", type=int, nargs="+", help="which processors all engines are kept to; by default the last ones")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each engine")
    parser.add_argument("--frames", type=int, default=3, help="measured frames of a turn")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/release", help="the folder with segplay and segnetworkbench")
    parser.add_argument("--output", type=Path, default=ROOT / "Benchmarks/results")
    arguments = parser.parse_args()
    if arguments.threads < 1 or arguments.rounds < 1 or arguments.frames < 1:
        parser.error("threads, rounds and frames are above zero")
    if arguments.clock == "processor" and arguments.threads > 1:
        parser.error("the processor's clock adds up the threads")
    for program in ("segplay", "segnetworkbench"):
        if not (arguments.programs / program).exists():
            parser.error(f"{arguments.programs / program} is missing: swift build -c release --product {program}")
    return arguments


def pin(processors: list[int]) -> None:
    """Keeps this process and all that it starts to these processors."""
    os.sched_setaffinity(0, processors)


def compare(name: str, until: str, arguments: argparse.Namespace) -> dict:
    """Runs all engines on a network in turns."""
    title, network, size = NETWORKS[name]
    folder = BUILD / "networks" / name
    subprocess.run([arguments.programs / "segnetworkbench", "export", network, size, folder], check=True)
    setting = Setting(network, size, folder, arguments.threads, until, arguments.clock, arguments.programs)
    load = os.getloadavg()[0]
    contestants = [kind(engine, precision) for kind, engine in lineup(arguments, until) for precision in arguments.precisions if plays(engine, precision)]
    for contestant in contestants:
        print(f"{title} {contestant.engine} {contestant.precision}: ", end="", flush=True)
        contestant.start(setting)
        print(contestant.facts or "ready", flush=True)
    for turn in range(arguments.rounds):
        # The order changes from round to round, so that nobody always runs behind the same engine.
        for contestant in contestants[turn % len(contestants) :] + contestants[: turn % len(contestants)]:
            if contestant.takes_part:
                contestant.measure(arguments.frames)
    entries = [entry(contestant) for contestant in contestants]
    for contestant, result in zip(contestants, entries):
        print(f"{title} {contestant.engine} {contestant.precision}: {result.get('median_ms', '-')} ({result.get('min_ms', '-')}) ms", flush=True)
        if contestant.takes_part:
            contestant.stop()
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    return {
        "title": title, "commit": environment.commit(ROOT), "network": network, "size": size, "until": until, "date": date, "clock": arguments.clock,
        "rounds": arguments.rounds, "frames": arguments.frames, "load": [round(value, 1) for value in (load, os.getloadavg()[0])], "entries": entries,
    }


def lineup(arguments: argparse.Namespace, until: str) -> list[tuple[type[Contestant], str]]:
    """Who takes part: this project's program from the picture on only where labels are the goal, and by the only clock it has."""
    from_picture = [(PictureBench, OURS_FROM_PICTURE)] if until == "labels" and arguments.clock == "wall" else []
    return [(Contestant, OURS), *from_picture, *[(Contestant, engine) for engine in arguments.engines]]


def plays(engine: str, precision: str) -> bool:
    """Whether an engine has a precision by that name: choosing it is this project's own feature."""
    return precision != "auto" or engine in (OURS, OURS_FROM_PICTURE)


if __name__ == "__main__":
    sys.exit(main())
