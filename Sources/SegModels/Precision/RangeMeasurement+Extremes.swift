import SegBase
import SegGraph
import SegRuntime

extension RangeMeasurement {
  /// Parameters and numbers of maps that are in memory at a time, but for what later parts read: some megabytes.
  private static let most = (parameters: 1 << 20, numbers: 1 << 21)

  /// The range of every value by its key on one picture, from the least to the greatest number, in the arithmetic of `precision`. The network is made and run
  /// part by part, so that its weights are never in memory together.
  ///
  /// Throws when the size does not suit the network or the inference library cannot run it.
  static func extremes(
    of picture: borrowing PixelImage, in model: LoadedModel, threads: Int, precision: PrecisionPlan
  ) throws(InputError) -> [String: ValueRange] {
    let graph = try RunGraph(model, size: picture.size).graph.optimized().exposingValues()
    let parts = graph.parts(parameters: most.parameters, numbers: most.numbers)
    var lastReader: [String: Int] = [:]
    for (index, part) in parts.enumerated() { for name in part.inputs { lastReader[name] = index } }
    var maps = [inputName: input(of: picture, model, count: graph.shape(of: graph.inputs[0]).count)]
    var ranges = maps.mapValues { $0.withUnsafeBufferPointer(RangeRule.extremes) }
    for (index, part) in parts.enumerated() {
      // The graph is optimised already, and a map that is an output is not fused away.
      let executable = try model.compile(part.graph, threads: threads, precision: precision)
      for (place, name) in part.inputs.enumerated() {
        guard let values = maps[name] else { preconditionFailure("an earlier part made what is read") }
        executable.withInput(place) { _ = $0.update(fromContentsOf: values) }
      }
      executable.run()
      for name in executable.outputShapes.keys {
        executable.withOutput(name) { values, _ in
          ranges[name] = RangeRule.extremes(of: values)
          if lastReader[name, default: index] > index { maps[name] = Array(values) }
        }
      }
      maps = maps.filter { lastReader[$0.key, default: index] > index }
    }
    return ranges
  }

  /// The key of what the caller fills.
  private static let inputName = "input"

  private static func input(of picture: borrowing PixelImage, _ model: LoadedModel, count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      buffer.initialize(repeating: 0)
      picture.withBytes { model.preprocessing.apply(to: $0, into: buffer) }
      filled = count
    }
  }
}
