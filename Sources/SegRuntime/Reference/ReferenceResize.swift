import SegGraph

extension Reference {
  /// Bilinear interpolation as PyTorch has it, coordinates in single precision.
  static func resizeBilinear(_ input: FeatureMap, _ shape: FeatureShape, alignCorners: Bool) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      let vertical = InterpolationTap(row, from: input.shape.height, to: shape.height, alignCorners: alignCorners)
      for column in 0..<shape.width {
        let horizontal = InterpolationTap(column, from: input.shape.width, to: shape.width, alignCorners: alignCorners)
        for channel in 0..<shape.channels {
          let upper =
            (1 - horizontal.weight) * input[vertical.first, horizontal.first, channel] + horizontal.weight * input[vertical.first, horizontal.second, channel]
          let lower =
            (1 - horizontal.weight) * input[vertical.second, horizontal.first, channel] + horizontal.weight * input[vertical.second, horizontal.second, channel]
          output[row, column, channel] = (1 - vertical.weight) * upper + vertical.weight * lower
        }
      }
    }
    return output
  }

  /// The map in that size, or as it is.
  static func enlarged(_ input: FeatureMap, _ size: Enlargement?) -> FeatureMap {
    guard let size else { return input }
    let shape = FeatureShape(height: size.height, width: size.width, channels: input.shape.channels)
    return resizeBilinear(input, shape, alignCorners: size.alignCorners)
  }

  /// The sum of maps that are each interpolated to `shape`, with the activation when there is one.
  static func resizedSum(_ inputs: [FeatureMap], _ sum: ResizedSum, _ shape: FeatureShape) -> FeatureMap {
    add(inputs.map { resizeBilinear($0, shape, alignCorners: sum.alignCorners) }, sum.activation)
  }
}

/// The two source places an interpolated place lies between, and the share of the second.
struct InterpolationTap: Hashable {
  let first, second: Int
  let weight: Float

  /// The tap for place `index` of `to` places that cover `from` source places. Without `alignCorners` pixel areas are matched and the source coordinate is
  /// max(0, (index + 0.5) * from / to - 0.5); with it the first and last places coincide.
  init(_ index: Int, from: Int, to: Int, alignCorners: Bool) {
    let source: Float
    if alignCorners {
      source = to > 1 ? Float(index) * (Float(from - 1) / Float(to - 1)) : 0
    } else {
      source = max(0, (Float(index) + 0.5) * (Float(from) / Float(to)) - 0.5)
    }
    first = min(Int(source), from - 1)
    second = min(first + 1, from - 1)
    weight = source - Float(first)
  }
}
