import CSegKernels
import SegGraph
import SegTensor

/// How the products of an enlarged convolution are kept until they are interpolated.
enum ProductNumbers: Equatable {
  case floats
  /// Numbers of two bytes with eleven bits each (binary16 of IEEE 754), counted in a unit.
  case halves(unit: Float)

  /// Bytes of a number.
  var byteCount: Int { self == .floats ? MemoryLayout<Float>.size : MemoryLayout<UInt16>.size }

  /// What numbers are counted in.
  var unit: Float { if case .halves(let unit) = self { unit } else { 1 } }

  /// Whether this processor calculates in halves, and makes products of bytes that are such.
  static let hasHalves = MatrixConvolution.isAvailable && seg_enlarged_halves_is_available() != 0

  /// Halves where the processor has them, and products and results can be such.
  init(_ convolution: Convolution, from input: ElementFormat, to output: ElementFormat) {
    let unit = Self.hasHalves && convolution.weight.shape[2] <= Self.mostRows ? Self.halfUnit(of: convolution, from: input, to: output) : nil
    self = unit.map { .halves(unit: $0) } ?? .floats
  }

  /// The unit of halves for a convolution of bytes to bytes with whole vectors of channels; nil for others.
  ///
  /// It is that of the results, or so many times it that no sum is beyond what halves are to hold, whatever the input: none is larger than the sizes of all
  /// weights times the largest byte.
  static func halfUnit(of convolution: Convolution, from input: ElementFormat, to output: ElementFormat) -> Float? {
    let shape = convolution.weight.shape
    guard input.precision == .int8, output.precision == .int8, shape[0].isMultiple(of: Int(SEG_ENLARGED_HALVES)) else { return nil }
    let largest: Float = if case .unsigned8(let scale) = input { 255 * scale } else { 128 * input.scale }
    let count = shape[1...].reduce(1, *)
    let bias = convolution.bias?.floats() ?? [Float](repeating: 0, count: shape[0])
    let most = convolution.weight.floats().withUnsafeBufferPointer { weights in
      (0..<shape[0]).reduce(Float(0)) { most, channel in
        let sizes = weights[channel * count..<(channel + 1) * count].reduce(0) { $0 + abs($1) }
        // As bytes, weights may be larger by half a step.
        let rounding = (weights[channel * count..<(channel + 1) * count].reduce(0) { max($0, abs($1)) }) / 254 * Float(count)
        return max(most, (sizes + rounding) * largest + abs(bias[channel]))
      }
    }
    var times: Float = 1
    while most > limit * times * output.scale, times < mostTimes { times *= 2 }
    return most <= limit * times * output.scale ? times * output.scale : nil
  }

  /// The largest number that halves are to hold: half of what they can.
  private static let limit: Float = 32_768
  /// How many times the unit of the results theirs may be, so that results are far from the smallest halves.
  private static let mostTimes: Float = 256
  /// Rows of a kernel that can be interpolated from halves.
  private static let mostRows = Int(SEG_ENLARGED_MOST_ROWS)
}
