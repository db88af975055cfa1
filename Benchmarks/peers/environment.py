"""A virtual environment with the engines, and what this machine is."""

import os
import platform
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

TORCH = "torch==2.13.0"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FLAGS = ["avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"]


def enter(folder: Path) -> None:
    """Goes on under the Python of the virtual environment in `folder`, which is made first where there is none."""
    python = folder / "bin/python"
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    complete = folder / "complete"
    wanted = TORCH + "\n" + REQUIREMENTS.read_text()
    if not complete.exists() or complete.read_text() != wanted:
        _install(folder, python)
        complete.write_text(wanted)
    os.execv(python, [str(python), *sys.argv])


def _install(folder: Path, python: Path) -> None:
    print(f"installing the engines in {folder}", flush=True)
    venv.create(folder, with_pip=True, symlinks=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    # Builds for processors need nothing but a few Python packages; a build for graphics cards cannot be imported without its libraries.
    subprocess.run([*pip, "--no-deps", TORCH], check=True)
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
    if subprocess.run([str(python), "-c", "import torch"], stderr=subprocess.DEVNULL).returncode != 0:
        subprocess.run([*pip, TORCH], check=True)


def versions() -> dict[str, str]:
    """Names of the engines' packages with their versions."""
    return {"Python": platform.python_version()} | {package: version(package) for package in ("torch", "onnx", "onnxruntime", "openvino", "nncf")}


def commit(root: Path) -> str:
    """The commit that segplay's source is at, "" where that is unknown."""
    done = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip()


def processor() -> str:
    """The processor's name, without marks and clock rates."""
    return _field("model name").split("@")[0].replace("(R)", "").replace("(TM)", "").replace("CPU", "").strip() or platform.machine()


def processor_kind() -> str:
    """Family and model, which tell processors of the same name apart."""
    return f"family {_field('cpu family')}, model {_field('model')}"


def file_name() -> str:
    """What results of this processor are stored under: name, family and model, in small letters."""
    return "-".join(f"{processor()} {_field('cpu family')} {_field('model')}".lower().split())


def processor_flags() -> list[str]:
    """Which of the instruction sets that matter the processor has."""
    present = _field("flags").split()
    return [flag for flag in FLAGS if flag in present]


def _field(name: str) -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
