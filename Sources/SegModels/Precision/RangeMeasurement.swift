import SegBase
import SegGraph
import SegRuntime

/// Measures what numbers a network's maps hold on pictures, in single precision. One thread at a time.
///
/// The maps of at most `largestGroup` numbers are looked at in one run; a network with more of them runs several times on each picture.
final class RangeMeasurement {
  /// Numbers of the maps that are kept at a time at most: a gibibyte of floats.
  private static let largestGroup = 1 << 28

  private let preprocessing: Preprocessing
  private let threads: Int
  private let groups: [Executable]
  private var histograms: [String: ValueHistogram] = [:]

  /// Prepares a network for pictures of that size; throws when it does not suit the network or the inference library cannot run it.
  init(_ model: LoadedModel, size: PixelSize, threads: Int) throws(InputError) {
    (preprocessing, self.threads) = (model.preprocessing, threads)
    let exposed = try RunGraph(model, size: size).graph.optimized().exposingValues()
    var groups: [Executable] = []
    for names in Self.groups(exposed) {
      // The graph is optimised already, and a map that is an output is not fused away.
      groups.append(try Executable(graph: exposed.keepingOutputs(names.contains), threads: threads))
    }
    self.groups = groups
  }

  /// Counts the numbers that a picture gives: RGB bytes of the size this was made for.
  func add(_ pixels: UnsafeBufferPointer<UInt8>) {
    for executable in groups {
      executable.withInput(0) { preprocessing.apply(to: pixels, into: $0) }
      executable.run()
      for name in executable.outputShapes.keys {
        executable.withOutput(name) { values, _ in histograms[name, default: ValueHistogram()].add(values) }
      }
    }
  }

  /// The range of every value by its key.
  func ranges(_ rule: RangeRule) -> [String: ValueRange] { histograms.mapValues(rule.range) }

  private static func groups(_ graph: Graph) -> [Set<String>] {
    var groups: [Set<String>] = []
    var room = 0
    for (name, value) in graph.outputs {
      let count = graph.shape(of: value).count
      if groups.isEmpty || count > room {
        groups.append([])
        room = largestGroup
      }
      groups[groups.count - 1].insert(name)
      room -= count
    }
    return groups
  }
}
