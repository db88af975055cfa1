"""What schedules keep and cost on a labelled video: rewrites the tables of Documentation/SCHEDULING.md between their markers and draws its plots.

Every schedule runs several times, all in turns, and the quickest run of each counts: a machine that is busy for a while slows all of them alike.
Needs matplotlib; `make schedules VIDEO=... LABELS=... WEIGHTS=...` installs it in a folder of the build and runs this.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "--schedule every --no-fuse"
ROWS = [
    REFERENCE,
    "--schedule every",
    "--schedule fixed:5 --no-fuse",
    "--schedule fixed:5",
    "--schedule fixed:5 --look-ahead",
    "--schedule fixed:10 --no-fuse",
    "--schedule fixed:10",
    "--schedule fixed:10 --look-ahead",
    "--schedule fixed:10 --flow none",
    "--schedule adaptive:1",
    "--schedule adaptive:2",
    "--schedule adaptive:2.5",
    "--schedule adaptive:3",
    "--schedule adaptive:3.5",
]
# The curves of the plot of time and quality: label, options of every point.
CURVES = [
    ("fixed, fused", ["--schedule every", "--schedule fixed:5", "--schedule fixed:10"]),
    ("fixed, not fused", [REFERENCE, "--schedule fixed:5 --no-fuse", "--schedule fixed:10 --no-fuse"]),
    ("fixed, looking ahead", ["--schedule fixed:5 --look-ahead", "--schedule fixed:10 --look-ahead"]),
    ("adaptive", [row for row in ROWS if "adaptive" in row]),
]
AGES = ["--schedule fixed:10 --flow none", "--schedule fixed:10 --no-fuse", "--schedule fixed:10", "--schedule fixed:10 --look-ahead"]


def evaluate(arguments, options):
    """The JSON of one evaluation."""
    command = [arguments.program, "evaluate", "--video", arguments.video, "--labels", arguments.labels, "--weights", arguments.weights]
    command += ["--threads", "1", "--precision", "f32"]
    if arguments.ignore_label is not None:
        command += ["--ignore-label", str(arguments.ignore_label)]
    result = subprocess.run([*command, "--json", *options.split()], capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)} {options}\n{result.stderr}")
    return json.loads(result.stdout)


def milliseconds(report):
    """Mean milliseconds a frame of the network, the flow and the warp together."""
    return sum(report["ms"].values())


def measure(arguments):
    """The quickest report of each row."""
    best = {}
    for run in range(arguments.runs):
        for row in ROWS:
            report = evaluate(arguments, row)
            if row not in best or milliseconds(report) < milliseconds(best[row]):
                best[row] = report
            print(f"run {run + 1}: {row}: {report['mean_iou']:.4f}, {milliseconds(report):.2f} ms", file=sys.stderr)
    return best


def table(header, rows):
    """Lines of a table in Markdown."""
    return ["| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *rows]]


def quality_table(reports):
    base = reports[REFERENCE]
    rows = []
    for row in ROWS:
        report, times = reports[row], reports[row]["ms"]
        rows.append([
            f"`{row}`", str(sum(report["keys"].values())), f"{report['mean_iou']:.4f}", f"{100 * report['mean_iou'] / base['mean_iou']:.1f} %",
            f"{100 * report['flicker']:.2f} %", f"{times['network']:.2f}", f"{times['flow']:.2f}", f"{times['warp']:.2f}",
            f"{milliseconds(report) / milliseconds(base):.2f}",
        ])
    return table(["options", "keys", "mean IoU", "kept", "flicker", "network", "flow", "warp", "time"], rows)


def age_table(reports):
    ages = range(10)
    rows = []
    for row in AGES:
        values = reports[row]["mean_iou_by_age"]
        rows.append([f"`{row}`", *("-" if age >= len(values) or values[age] is None else f"{values[age]:.3f}" for age in ages)])
    return table(["options", *map(str, ages)], rows)


def replace(text, name, lines):
    """The text with what is between the markers of that name replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"one pair of markers '{begin}' and '{end}' is needed")
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return "\n".join([before + begin, "", *lines, "", end + after])


def plot(reports, folder):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "segplay", "font.family": "sans-serif", "font.size": 10})
    from matplotlib import pyplot

    def figure(name, x, y, draw):
        picture, axes = pyplot.subplots(figsize=(5.6, 3.4))
        draw(axes)
        axes.set(xlabel=x, ylabel=y)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3, linewidth=0.5)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=9)
        picture.tight_layout()
        picture.savefig(folder / name, metadata={"Date": None, "Creator": None}, facecolor="white")
        pyplot.close(picture)

    base = reports[REFERENCE]

    def tradeoff(axes):
        for label, rows in CURVES:
            points = sorted((milliseconds(reports[row]) / milliseconds(base), 100 * reports[row]["mean_iou"] / base["mean_iou"]) for row in rows)
            axes.plot(*zip(*points), marker="o", markersize=4, linewidth=1.2, label=label)

    def by_age(axes):
        for row in AGES:
            values = [(age, value) for age, value in enumerate(reports[row]["mean_iou_by_age"]) if value is not None]
            axes.plot(*zip(*values), marker="o", markersize=3, linewidth=1.2, label=row.replace("--schedule ", ""))

    def flicker(axes):
        rows = [row for row in ROWS if "adaptive" not in row]
        axes.barh([row.replace("--schedule ", "") for row in rows], [100 * reports[row]["flicker"] for row in rows], height=0.6)
        axes.invert_yaxis()

    figure("schedule-time.svg", "time, as a share of a full pass on every frame", "mean IoU kept, %", tradeoff)
    figure("schedule-age.svg", "frames from the key", "mean IoU", by_age)
    figure("schedule-flicker.svg", "flicker, %", "", flicker)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build/release/segplay"), help="the segplay executable")
    parser.add_argument("--video", required=True)
    parser.add_argument("--labels", required=True, help="a folder of label maps, one for each frame in the order of their names")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--ignore-label", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--documentation", type=Path, default=ROOT / "Documentation", help="the folder with SCHEDULING.md, where the plots go as well")
    parser.add_argument("--reports", type=Path, help="a JSON file of measured reports: read where it is there, else written, to draw anew without measuring")
    arguments = parser.parse_args()
    if arguments.reports and arguments.reports.exists():
        reports = json.loads(arguments.reports.read_text())
    else:
        reports = measure(arguments)
        if arguments.reports:
            arguments.reports.write_text(json.dumps(reports))
    document = arguments.documentation / "SCHEDULING.md"
    text = replace(document.read_text(), "quality and time", quality_table(reports))
    text = replace(text, "mean IoU by age", age_table(reports))
    # Plots first: where they cannot be drawn, the document stays as it is.
    with tempfile.TemporaryDirectory() as folder:
        plot(reports, Path(folder))
        for path in Path(folder).iterdir():
            (arguments.documentation / path.name).write_bytes(path.read_bytes())
    document.write_text(text)


if __name__ == "__main__":
    main()
