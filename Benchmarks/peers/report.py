"""Results as JSON and as Markdown tables."""

import statistics
from dataclasses import dataclass

from .contestant import NO_PRECISION, OURS, OURS_FROM_PICTURE, Contestant

PRECISIONS = ["f32", "bf16", "int8", "auto"]

TITLES = {
    "labels": "From the normalised input to labels (to raw outputs for networks that find objects)",
    "outputs": "From the normalised input to the network's own outputs",
}


def entry(contestant: Contestant) -> dict:
    """What the JSON file says of an engine at a precision."""
    result = {"engine": contestant.engine, "precision": contestant.precision, **contestant.facts}
    if contestant.takes_part and contestant.times:
        result |= {
            "median_ms": round(statistics.median(contestant.times), 3), "min_ms": round(min(contestant.times), 3),
            "times_ms": [round(time, 3) for time in contestant.times],
        }
    return result


@dataclass(frozen=True)
class Best:
    """The fastest of some entries."""

    engine: str
    precision: str
    median: float
    least: float

    @staticmethod
    def of(entries: list[dict]) -> "Best | None":
        timed = [entry for entry in entries if "median_ms" in entry]
        if not timed:
            return None
        best = min(timed, key=lambda entry: entry["median_ms"])
        return Best(best["engine"], best["precision"], best["median_ms"], min(entry["min_ms"] for entry in timed))

    def ratio(self, other: "Best") -> str:
        """How many times the other takes as long, by medians, and by the least times in brackets."""
        return f"**{other.median / self.median:.2f}** ({other.least / self.least:.2f})"


def markdown(results: dict) -> str:
    """The whole page."""
    lines = [
        f"# {results['processor']}", "",
        f"{results['kind']}; {', '.join(results['flags'])}; {results['system']}. {results['threads']} thread{'s' if results['threads'] > 1 else ''}.",
        "", "Versions: " + ", ".join(f"{name} {version}" for name, version in results["versions"].items()) + ".", "",
        "Made by `Benchmarks/peers.py`; [README.md](../README.md) says what is timed and how to read it. Times are medians in milliseconds, the least in brackets;",
        "ratios are the best peer's time over segplay's, above 1 where segplay is faster.", "",
    ]
    for until, title in TITLES.items():
        networks = [network for network in results["networks"] if network["until"] == until]
        if networks:
            lines += [f"## {title}", "", *summary(networks), ""]
            for network in networks:
                lines += [f"### {network['title']} {network['size']}", "", circumstances(network), "", *table(network), ""]
    return "\n".join(lines)


def circumstances(network: dict) -> str:
    """When and how it was measured."""
    clock = {"wall": "wall-clock time", "processor": "processor time"}[network["clock"]]
    version = network["commit"] or "an unknown commit"
    before, after = network["load"]
    turns = f"{network['rounds']} rounds of {network['frames']} frames"
    return f"{network['date']}, segplay at {version}: {turns}, {clock}; load average {before} before, {after} after."


def summary(networks: list[dict]) -> list[str]:
    """A line a network: the best of both sides in f32 and at any precision."""
    lines = ["| network | segplay f32 | best f32 peer | ratio | segplay best | best peer | ratio |", "|---|---|---|---|---|---|---|"]
    for network in networks:
        entries = network["entries"]
        cells = [f"{network['title']} {network['size']}"]
        for precisions in (["f32"], PRECISIONS):
            ours = Best.of([entry for entry in entries if entry["engine"] == OURS and entry["precision"] in precisions])
            peer = Best.of([entry for entry in entries if entry["engine"] not in (OURS, OURS_FROM_PICTURE) and entry["precision"] in precisions])
            cells += [_cell(ours, precisions, OURS), _cell(peer, precisions), ours.ratio(peer) if ours and peer else "-"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _cell(best: Best | None, precisions: list[str], hidden: str = "") -> str:
    if best is None:
        return "-"
    name = " ".join(word for word in (best.engine if best.engine != hidden else "", best.precision if len(precisions) > 1 else "") if word)
    return f"{best.median:.1f} ({best.least:.1f}) {name}".strip()


def table(network: dict) -> list[str]:
    """A line an engine, a column a precision; below it what was checked."""
    entries = {(entry["engine"], entry["precision"]): entry for entry in network["entries"]}
    engines = list(dict.fromkeys(engine for engine, _ in entries))
    precisions = [precision for precision in PRECISIONS if any(p == precision for _, p in entries)]
    lines = [f"| engine | {' | '.join(precisions)} |", "|---" * (len(precisions) + 1) + "|"]
    for engine in engines:
        cells = [_time(entries.get((engine, precision), {})) for precision in precisions]
        lines.append(f"| {engine} | {' | '.join(cells)} |")
    notes = [f"{engine} {precision}: {text}" for (engine, precision), entry in entries.items() if (text := _note(entry))]
    return lines + (["", *[f"- {note}" for note in notes]] if notes else [])


def _time(entry: dict) -> str:
    return f"{entry['median_ms']:.1f} ({entry['min_ms']:.1f})" if "median_ms" in entry else "-"


def _note(entry: dict) -> str:
    parts = []
    if entry.get("variant"):
        parts.append(entry["variant"])
    if "error" in entry:
        usual = f" ({entry['usual_error']:.1e} but for a thousandth of the values)" if "usual_error" in entry else ""
        parts.append(f"largest relative error {entry['error']:.1e}{usual}")
    if "agreement" in entry:
        parts.append(f"{100 * entry['agreement']:.2f} % of the labels agree")
    if entry.get("failure", NO_PRECISION) != NO_PRECISION:
        parts.append(entry["failure"])
    return ", ".join(parts)
