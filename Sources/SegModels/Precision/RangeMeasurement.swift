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

  /// Prepares a network for pictures of that size; throws when the size does not suit the network or the inference library cannot run it.
  init(_ model: LoadedModel, size: PixelSize, threads: Int) throws(InputError) {
    (preprocessing, self.threads) = (model.preprocessing, threads)
    let exposed = try RunGraph(model, size: size).graph.optimized().exposingValues()
    var groups: [Executable] = []
    for names in exposed.outputGroups() {
      // The graph is optimised already, and a map that is an output is not fused away.
      groups.append(try model.compile(exposed.keepingOutputs(names.contains), threads: threads))
    }
    self.groups = groups
  }

  /// Counts the numbers that a picture gives: RGB bytes of the size this was made for.
  func add(_ pixels: UnsafeBufferPointer<UInt8>) { run(on: pixels) { name, values in histograms[name, default: ValueHistogram()].add(values) } }

  private func run(on pixels: UnsafeBufferPointer<UInt8>, _ body: (String, UnsafeBufferPointer<Float>) -> Void) {
    for executable in groups {
      executable.withInput(0) { preprocessing.apply(to: pixels, into: $0) }
      executable.run()
      for name in executable.outputShapes.keys { executable.withOutput(name) { values, _ in body(name, values) } }
    }
  }

  /// The range of every value by its key.
  func ranges(_ rule: RangeRule) -> [String: ValueRange] { histograms.mapValues(rule.range) }
}
