"""Runs one engine at one precision in a process of its own, as often as each line of standard input says.

Its first line of output is a JSON object: what was checked, or why it cannot take part. After that each line it reads is a number of runs, and each line it
writes the milliseconds of each; one run before them is not counted.
"""

import argparse
import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path

from .contestant import NO_PRECISION
from .network import Network, largest_relative_error
from .session import Session, Task

ENGINES = {"PyTorch": "torch_engine", "ONNX Runtime": "onnxruntime_engine", "OpenVINO": "openvino_engine"}
LARGEST_ERROR = 1e-3
"""Of f32 outputs: more than that is another network."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("precision")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--until", choices=("labels", "outputs"), default="labels")
    arguments = parser.parse_args()

    # Libraries write to standard output as they like: what they write goes elsewhere.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        session, facts = prepare(arguments)
    except Exception as error:  # noqa: BLE001: whatever stops an engine is a result
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(json.dumps({"failure": lines[-1][:200]}), file=answers)
        return
    print(json.dumps(facts), file=answers)
    gc.disable()
    for line in sys.stdin:
        session.run()
        print(" ".join(f"{milliseconds(session):.4f}" for _ in range(int(line))), file=answers)


def prepare(arguments: argparse.Namespace) -> tuple[Session, dict]:
    """The fastest way this engine has, checked against this project's outputs."""
    engine = importlib.import_module(f".{ENGINES[arguments.engine]}", __package__)
    network = Network.load(arguments.folder)
    to_labels = network.labels is not None and arguments.until == "labels"
    facts: dict = {}
    # Scores are compared as they are; labels only say how many agree. Quantising twice would tell no more.
    if arguments.precision != "int8" or not to_labels:
        session, _ = fastest(engine, Task(network, arguments.precision, arguments.threads, to_labels=False))
        facts["error"] = largest_relative_error(session.outputs(), network.reference)
        if arguments.precision == "f32" and facts["error"] > LARGEST_ERROR:
            raise ValueError(f"its outputs differ by {facts['error']:.2g} of their range")
    if to_labels:
        session, variant = fastest(engine, Task(network, arguments.precision, arguments.threads, to_labels=True))
        facts["agreement"] = float((session.outputs()["labels"][0] == network.reference["labels"]).mean())
    else:
        session, variant = fastest(engine, Task(network, arguments.precision, arguments.threads, to_labels=False))
    return session, {**facts, "variant": variant}


def fastest(engine, task: Task) -> tuple[Session, str]:
    """The variant with the least time of three runs; those that fail are left out unless all do."""
    best, failure = None, ValueError(NO_PRECISION)
    for name, make in engine.variants(task).items():
        try:
            session = make()
            session.run()
            spent = min(milliseconds(session) for _ in range(3))
        except Exception as error:  # noqa: BLE001: another variant may work
            failure = error
            continue
        if best is None or spent < best[0]:
            best = (spent, session, name)
    if best is None:
        raise failure
    return best[1], best[2]


def milliseconds(session: Session) -> float:
    start = time.perf_counter()
    session.run()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
