import Glibc
import SegBase
import SegGraph
import SegRuntime

/// How far the maps of a network are from those of single precision: for each the root of the sum of squared errors over that of squared values.
enum LayerErrors {
  /// The errors of every map under a plan on pictures (RGB bytes of that size), in the order of the network. Throws when it cannot be run.
  static func measure(
    _ model: LoadedModel, size: PixelSize, plan: PrecisionPlan, pictures: [[UInt8]], threads: Int
  ) throws(InputError) -> [(name: String, error: Double)] {
    let graph = try RunGraph(model, size: size).graph.optimized()
    let (exact, rounded) = (graph.exposingValues(), graph.exposingStoredValues(plan, readsOddChannels: Executable.readsOddChannels))
    var sums: [String: (error: Double, square: Double)] = [:]
    for names in exact.outputGroups() {
      let exactNetwork = try model.compile(exact.keepingOutputs(names.contains), threads: threads)
      let roundedNetwork = try model.compile(rounded.keepingOutputs(names.contains), threads: threads)
      for picture in pictures {
        for network in [exactNetwork, roundedNetwork] {
          network.withInput(0) { input in picture.withUnsafeBufferPointer { model.preprocessing.apply(to: $0, into: input) } }
          network.run()
        }
        for name in names {
          exactNetwork.withOutput(name) { expected, _ in
            roundedNetwork.withOutput(name) { found, _ in
              let sum = squares(found, expected)
              sums[name, default: (0, 0)].error += sum.error
              sums[name, default: (0, 0)].square += sum.square
            }
          }
        }
      }
    }
    return exact.outputs.compactMap { output in sums[output.name].map { (output.name, sqrt($0.error / max($0.square, .leastNormalMagnitude))) } }
  }

  /// The sums of squared differences and of squared expected numbers.
  static func squares(_ found: UnsafeBufferPointer<Float>, _ expected: UnsafeBufferPointer<Float>) -> (error: Double, square: Double) {
    precondition(found.count == expected.count, "maps of one shape")
    var (error, square) = (0.0, 0.0)
    for index in found.indices {
      let difference = found[index] - expected[index]
      error += Double(difference * difference)
      square += Double(expected[index] * expected[index])
    }
    return (error, square)
  }
}

extension Graph {
  /// Numbers of the maps that are kept at a time at most: a gibibyte of floats.
  private static let largestGroup = 1 << 28

  /// The names of the outputs in groups of so many numbers that they can be kept at a time.
  func outputGroups() -> [Set<String>] {
    var groups: [Set<String>] = []
    var room = 0
    for (name, value) in outputs {
      let count = shape(of: value).count
      if groups.isEmpty || count > room {
        groups.append([])
        room = Self.largestGroup
      }
      groups[groups.count - 1].insert(name)
      room -= count
    }
    return groups
  }
}
