import SegBase
import SegGraph
import SegRuntime

/// Measures what numbers a network's maps hold on pictures. One thread at a time.
///
/// Maps are looked at in groups that fit in memory together; a network with more than one group runs several times on each picture.
final class RangeMeasurement {
  private let preprocessing: Preprocessing
  private let threads: Int
  private let groups: [Executable]
  private var histograms: [String: ValueHistogram] = [:]

  /// Prepares a network for pictures of that size, in the arithmetic of `precision`; throws when the size does not suit the network or the inference library
  /// cannot run it.
  init(_ model: LoadedModel, size: PixelSize, threads: Int, precision: PrecisionPlan = .float32) throws(InputError) {
    (preprocessing, self.threads) = (model.preprocessing, threads)
    var groups: [Executable] = []
    try Self.eachGroup(model, size: size, threads: threads, precision: precision) { groups.append($0) }
    self.groups = groups
  }

  /// Hands over a network for each group of maps.
  private static func eachGroup(
    _ model: LoadedModel, size: PixelSize, threads: Int, precision: PrecisionPlan, _ body: (Executable) -> Void
  ) throws(InputError) {
    let exposed = try RunGraph(model, size: size).graph.optimized().exposingValues()
    for names in exposed.outputGroups() {
      // The graph is optimised already, and a map that is an output is not fused away.
      body(try model.compile(exposed.keepingOutputs(names.contains), threads: threads, precision: precision))
    }
  }

  /// Counts the numbers that a picture gives: RGB bytes of the size this was made for.
  func add(_ pixels: UnsafeBufferPointer<UInt8>) { run(on: pixels) { name, values in histograms[name, default: ValueHistogram()].add(values) } }

  /// The range of every value by its key on one picture, from the least to the greatest number. Groups are made one after another, so that there is never more
  /// than one in memory. Throws as the initializer does.
  static func extremes(
    of picture: borrowing PixelImage, in model: LoadedModel, threads: Int, precision: PrecisionPlan
  ) throws(InputError) -> [String: ValueRange] {
    var ranges: [String: ValueRange] = [:]
    let preprocessing = model.preprocessing
    try picture.withBytes { pixels throws(InputError) in
      try eachGroup(model, size: picture.size, threads: threads, precision: precision) { executable in
        run(executable, on: pixels, preprocessing) { name, values in ranges[name] = RangeRule.extremes(of: values) }
      }
    }
    return ranges
  }

  private func run(on pixels: UnsafeBufferPointer<UInt8>, _ body: (String, UnsafeBufferPointer<Float>) -> Void) {
    for executable in groups { Self.run(executable, on: pixels, preprocessing, body) }
  }

  private static func run(
    _ executable: Executable, on pixels: UnsafeBufferPointer<UInt8>, _ preprocessing: Preprocessing, _ body: (String, UnsafeBufferPointer<Float>) -> Void
  ) {
    executable.withInput(0) { preprocessing.apply(to: pixels, into: $0) }
    executable.run()
    for name in executable.outputShapes.keys { executable.withOutput(name) { values, _ in body(name, values) } }
  }

  /// The range of every value by its key.
  func ranges(_ rule: RangeRule) -> [String: ValueRange] { histograms.mapValues(rule.range) }
}
