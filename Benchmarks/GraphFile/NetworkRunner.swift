public import SegBase
import SegGraph
public import SegModels
import SegRuntime

/// A compared network compiled for this machine, with its input in place: from the normalised input to labels, as when a video plays, or to the network's
/// outputs.
public final class NetworkRunner {
  private enum Compiled {
    case labels(CompiledNetwork, UnsafeMutableBufferPointer<UInt8>)
    case outputs(Executable)
  }

  private let compiled: Compiled
  /// The arithmetic that most of the network runs in: "f32", "bf16" or "int8".
  public let precision: String

  /// Compiles for `threads` threads. With `makesLabels` a run ends with labels where the network gives every pixel a class, else with the network's outputs.
  /// Bytes stand for the ranges that values have on the input.
  ///
  /// Throws what the inference library cannot run.
  public init(_ network: ComparedNetwork, precision: PrecisionRequest = .float32, threads: Int = 1, makesLabels: Bool = true) throws(InputError) {
    var model = network.model
    model.precision = precision
    if precision == .int8 { model.calibration = Calibration(ranges: try Self.ranges(network)) }
    self.precision = model.precisionName
    if makesLabels, let rule = network.labels {
      let labels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: rule.height * rule.width)
      labels.initialize(repeating: 0)
      let size = PixelSize(width: rule.width, height: rule.height)
      do throws(InputError) {
        let compiled = try CompiledNetwork(model, size: size, threads: threads)
        compiled.run(fill: { _ = $0.update(fromContentsOf: network.input) }, ignoring: nil, into: labels)
        self.compiled = .labels(compiled, labels)
      } catch {
        labels.deallocate()
        throw error
      }
    } else {
      let executable = try Executable(graph: network.graph, threads: threads, precision: model.precisionPlan)
      executable.withInput(0) { _ = $0.update(fromContentsOf: network.input) }
      compiled = .outputs(executable)
    }
  }

  deinit { if case .labels(_, let labels) = compiled { labels.deallocate() } }

  /// Runs the network on its input, and makes labels where that was asked for.
  public func run() {
    switch compiled {
    // What was filled in first is still there.
    case .labels(let network, let labels): network.run(fill: { _ in }, ignoring: nil, into: labels)
    case .outputs(let executable): executable.run()
    }
  }

  /// The labels of the last run, row by row; empty where none are made.
  public var lastLabels: [UInt8] {
    guard case .labels(_, let labels) = compiled else { return [] }
    return Array(labels)
  }

  /// The share of labels that are those of another runner's last run; nil where there are none.
  public func agreement(with other: NetworkRunner) -> Double? {
    let (labels, expected) = (lastLabels, other.lastLabels)
    return labels.isEmpty ? nil : Double(zip(labels, expected).count { $0 == $1 }) / Double(labels.count)
  }

  /// Runs both, and gives the largest difference from the other's outputs as a share of their range, over all outputs.
  public func largestRelativeError(from other: NetworkRunner) -> Float {
    let (found, exact) = (outputs(), other.outputs())
    return exact.reduce(0) { error, output in
      let (values, expected) = (found[output.key] ?? [], output.value)
      let range = (expected.max() ?? 0) - (expected.min() ?? 0)
      return max(error, zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(range, .leastNormalMagnitude))
    }
  }

  /// What a run gives, by the outputs' names.
  private func outputs() -> [String: [Float]] {
    switch compiled {
    case .labels(let network, _): return ["logits": network.run(fill: { _ in }) { Array($0) }]
    case .outputs(let executable):
      executable.run()
      return Dictionary(uniqueKeysWithValues: executable.outputShapes.keys.map { ($0, executable.withOutput($0) { values, _ in Array(values) }) })
    }
  }

  /// The least and greatest of each value of the optimised graph on the input, zero included.
  private static func ranges(_ network: ComparedNetwork) throws(InputError) -> [String: ValueRange] {
    let executable = try Executable(graph: network.graph.optimized().exposingValues())
    executable.withInput(0) { _ = $0.update(fromContentsOf: network.input) }
    executable.run()
    var ranges: [String: ValueRange] = [:]
    for name in executable.outputShapes.keys {
      ranges[name] = executable.withOutput(name) { values, _ in
        values.reduce(ValueRange(lowest: 0, highest: 0)) { ValueRange(lowest: min($0.lowest, $1), highest: max($0.highest, $1)) }
      }
    }
    return ranges
  }
}
