import Foundation
import SegGraph

extension Reference {
  /// exp(x - max) / sum over each of `groups` equal runs of channels; in double precision.
  static func softmax(_ input: FeatureMap, groups: Int) -> FeatureMap {
    var output = input
    let count = input.shape.channels / groups
    for start in stride(from: 0, to: input.values.count, by: count) {
      let run = softmax(input.values[start..<start + count].map(Double.init))
      for (index, value) in run.enumerated() { output.values[start + index] = Float(value) }
    }
    return output
  }

  /// exp(x - max) / sum.
  static func softmax(_ values: [Double]) -> [Double] {
    let greatest = values.max() ?? 0
    let powers = values.map { exp($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
