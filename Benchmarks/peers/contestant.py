"""An engine at one precision as the orchestrator sees it: a process that runs a network when it is told to."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ENGINES = ["PyTorch", "ONNX Runtime", "OpenVINO"]
NO_PRECISION = "has no such precision"
OURS = "segplay"
OURS_FROM_PICTURE = "segplay bench"


@dataclass(frozen=True)
class Setting:
    """What is common to all who take part."""

    network: str
    size: str
    folder: Path
    threads: int
    until: str
    clock: str
    programs: Path
    """The folder with segplay and segnetworkbench."""


@dataclass
class Contestant:
    """An engine at a precision, and what it did."""

    engine: str
    precision: str
    facts: dict = field(default_factory=dict)
    """What was checked before the first run; "failure" where it cannot take part."""
    times: list[float] = field(default_factory=list)
    """Milliseconds."""

    def start(self, setting: Setting) -> None:
        """Makes the engine ready. It then waits, and costs nothing, until `measure`."""
        self.errors = tempfile.TemporaryFile("w+")
        environment = os.environ | {"OMP_NUM_THREADS": str(setting.threads), "PYTHONPATH": str(Path(__file__).parent.parent)}
        self.process = subprocess.Popen(
            self.command(setting), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        line = self.process.stdout.readline()
        if line.startswith("{"):
            self.facts = json.loads(line)
        else:
            self.fail()
        if "failure" in self.facts:
            self.stop()

    def command(self, setting: Setting) -> list[str]:
        options = ["--threads", str(setting.threads), "--until", setting.until, "--clock", setting.clock]
        if self.engine == OURS:
            return [str(setting.programs / "segnetworkbench"), "serve", setting.network, setting.size, "--precision", self.precision, *options]
        return [sys.executable, "-m", "peers.worker", self.engine, self.precision, str(setting.folder), *options]

    @property
    def takes_part(self) -> bool:
        return "failure" not in self.facts

    def measure(self, count: int) -> None:
        """Runs the network `count` times."""
        try:
            self.process.stdin.write(f"{count}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return self.fail()
        times = [float(word) for word in self.process.stdout.readline().split()]
        if len(times) != count:
            return self.fail()
        self.times += times

    def fail(self) -> None:
        """Takes no part any more; the last line of its errors is the reason."""
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().splitlines() if line.strip()]
        reasons = [line for line in lines if line.startswith("Error")] or lines[-1:]
        self.facts["failure"] = reasons[0][:200] if reasons else f"ended with {self.process.returncode}"

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class PictureBench(Contestant):
    """`segplay bench`: from the picture's bytes to labels, or to instances with their masks, as when a video plays. A process a round; its medians count."""

    def start(self, setting: Setting) -> None:
        self.arguments = [
            str(setting.programs / "segplay"), "bench", "--model", setting.network, "--size", setting.size, "--precision", self.precision,
            "--threads", str(setting.threads), "--json", "--frames",
        ]
        self.measure(1)
        self.times.clear()

    def measure(self, count: int) -> None:
        done = subprocess.run([*self.arguments, str(count)], capture_output=True, text=True)
        if done.returncode != 0:
            self.facts["failure"] = next(iter(done.stderr.splitlines()), "")[:200]
        else:
            self.times.append(json.loads(done.stdout)["median_ms"])

    def stop(self) -> None:
        pass
