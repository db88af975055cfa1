"""Writes trained weights as the file that segplay bundles: float16, batch norm statistics float32.

Reloads the file and measures it on labelled frames, so that what is shipped is what was measured.
"""

import argparse
from pathlib import Path

from safetensors.torch import load_file, save_file

from evaluate import load_weights, measure
from frames import read_folder, read_labels

METADATA = {"network": "enet", "classes": "camvid11", "input": "360x480", "preprocessing": "rgb/255"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="average.safetensors of train.py")
    parser.add_argument("--output", type=Path, required=True, help="the file to write")
    parser.add_argument("--check", nargs=2, type=Path, required=True, metavar=("FRAMES", "LABELS"))
    arguments = parser.parse_args()
    tensors = {key: value if "running_" in key else value.half()
               for key, value in load_file(arguments.weights).items() if not key.endswith("num_batches_tracked")}
    save_file(tensors, arguments.output, METADATA)
    images, labels = read_folder(arguments.check[0]), read_labels(arguments.check[1])
    for name, path in (("float32", arguments.weights), ("exported", arguments.output)):
        print(name, measure(load_weights(path), images, labels).report())


if __name__ == "__main__":
    main()
