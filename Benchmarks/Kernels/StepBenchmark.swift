import Foundation
import SegBase
import SegGraph
import SegModels
import SegRuntime

/// The least time of every step of a network over many runs, which other programs on the machine disturb little: MODEL, SIZE, PRECISION and ROUNDS from the
/// environment.
enum StepBenchmark {
  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let sides = (environment["SIZE"] ?? "512x1024").split(separator: "x").compactMap { Int($0) }
    let size = PixelSize(width: sides[1], height: sides[0])
    let loaded = try NetworkChoice(named: environment["MODEL"] ?? "enet").random(inputSize: size)
    var graph = try loaded.graph(for: size)
    var inStrips: String?
    if let small = graph.withoutFinalResize(of: "logits"), small.size == (size.height, size.width) {
      graph = small.graph
    } else if let blocks = graph.withoutFinalInterleave(of: "logits") {
      (graph, inStrips) = (blocks.graph, "logits")
    }
    if loaded.findsInstances { graph = graph.keepingOutputs { name in ["loc", "conf", "mask", "proto"].contains { name.hasPrefix($0) } } }
    let precision = Precision(rawValue: environment["PRECISION"] ?? "f32") ?? .float32
    var plan = PrecisionPlan(precision, fallback: precision == .float32 ? .float32 : .bfloat16)
    if precision == .int8 { plan.ranges = try ranges(graph) }
    for name in (environment["KEEP"] ?? "").split(separator: ",") { plan.kept[String(name)] = .bfloat16 }
    let executable = try Executable(graph: graph, precision: plan, inStrips: inStrips)
    fill(executable)
    executable.run()
    var best = executable.profile()
    var wholes: [Double] = []
    for _ in 0..<(Int(environment["ROUNDS"] ?? "") ?? 15) {
      let started = ContinuousClock.now
      executable.run()
      if let inStrips { executable.withRows(of: inStrips) { _, _ in } }
      wholes.append((ContinuousClock.now - started) / .milliseconds(1))
      for (index, step) in executable.profile().enumerated() where step.milliseconds < best[index].milliseconds { best[index] = step }
    }
    let total = best.reduce(0) { $0 + $1.milliseconds }
    for step in best.sorted(by: { $0.milliseconds > $1.milliseconds }).prefix(Int(environment["TOP"] ?? "") ?? 25) {
      print(
        String(format: "%5.1f %% %8.3f ms %7.1f GFLOP/s  ", 100 * step.milliseconds / total, step.milliseconds, step.gigaOperationsPerSecond)
          + step.kind.padding(toLength: 30, withPad: " ", startingAt: 0) + step.name)
    }
    let convolutions = best.filter { $0.gigaOperations > 0 }.reduce(0) { $0 + $1.milliseconds }
    print(
      String(
        format: "sum of least %.2f ms, convolutions %.2f; whole runs: least %.2f, median %.2f; arena %.1f MB, weights %.1f MB", total, convolutions,
        wholes.min() ?? 0, wholes.sorted()[wholes.count / 2], Double(executable.arenaByteCount) / 1e6, Double(executable.weightByteCount) / 1e6))
  }

  private static func fill(_ executable: Executable) {
    executable.withInput(0) { input in for index in input.indices { input[index] = Float((index &* 2_654_435_761) >> 9 & 255) / 255 - 0.4 } }
  }

  private static func ranges(_ graph: Graph) throws -> [String: ValueRange] {
    let executable = try Executable(graph: graph.optimized().exposingValues())
    fill(executable)
    executable.run()
    var ranges: [String: ValueRange] = [:]
    for name in executable.outputShapes.keys {
      executable.withOutput(name) { values, _ in
        var (lowest, highest) = (Float(0), Float(0))
        for value in values { (lowest, highest) = (min(lowest, value), max(highest, value)) }
        ranges[name] = ValueRange(lowest: lowest, highest: highest)
      }
    }
    return ranges
  }
}
