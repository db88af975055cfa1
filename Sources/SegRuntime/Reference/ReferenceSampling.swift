import Foundation
import SegGraph

extension Reference {
  /// A map sampled at its own places plus `scale` * flow, where half a side of the map between the centres of its first and last places is 1.
  static func warp(_ input: FeatureMap, flow: FeatureMap, scale: Float) -> FeatureMap {
    var output = FeatureMap(zeros: input.shape)
    let (halfHeight, halfWidth) = (Float(input.shape.height - 1) / 2, Float(input.shape.width - 1) / 2)
    for row in 0..<input.shape.height {
      for column in 0..<input.shape.width {
        let x = Float(column) + scale * flow[row, column, 0] * halfWidth
        let y = Float(row) + scale * flow[row, column, 1] * halfHeight
        for channel in 0..<input.shape.channels { output[row, column, channel] = sample(input, y, x, channel) }
      }
    }
    return output
  }

  /// The samples that a deformable convolution multiplies with its weights.
  static func deformableSample(_ input: FeatureMap, offsets: FeatureMap, _ window: DeformableWindow, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    let taps = window.kernel * window.kernel
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        for tap in 0..<taps {
          let y = Float(row * window.stride - window.padding + tap / window.kernel * window.dilation) + offsets[row, column, 2 * tap]
          let x = Float(column * window.stride - window.padding + tap % window.kernel * window.dilation) + offsets[row, column, 2 * tap + 1]
          let factor = apply(.sigmoid, offsets[row, column, 2 * taps + tap], channel: 0)
          for channel in 0..<input.shape.channels { output[row, column, tap * input.shape.channels + channel] = factor * sample(input, y, x, channel) }
        }
      }
    }
    return output
  }

  /// Bilinear interpolation between the four places around (y, x); places outside the map count as zeros.
  private static func sample(_ input: FeatureMap, _ y: Float, _ x: Float, _ channel: Int) -> Float {
    guard y > -1, y < Float(input.shape.height), x > -1, x < Float(input.shape.width) else { return 0 }
    let (row, column) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
    let (lower, right) = (y - Float(row), x - Float(column))
    var sum: Float = 0
    for (tapRow, vertical) in [(row, 1 - lower), (row + 1, lower)] {
      for (tapColumn, horizontal) in [(column, 1 - right), (column + 1, right)] where input.contains(tapRow, tapColumn) {
        sum += vertical * horizontal * input[tapRow, tapColumn, channel]
      }
    }
    return sum
  }
}
