import SegGraph
import SegTensor

/// What a convolution sums up, for inputs of one format and results counted in some unit.
struct ConvolutionSums {
  /// Output channel, input channel within the group, row, column.
  var weights: Weights
  /// What the sum of each output channel is multiplied with; empty for one.
  var scales: [Float] = []
  /// Added to each output channel then.
  var bias: [Float]

  /// Weights as they are, or as bytes.
  enum Weights {
    case floats([Float])
    case bytes([Int8])

    /// Calls `body` with the elements.
    func withBytes<Result>(_ body: (UnsafeRawPointer?) -> Result) -> Result {
      switch self {
      case .floats(let values): values.withUnsafeBytes { body($0.baseAddress) }
      case .bytes(let values): values.withUnsafeBytes { body($0.baseAddress) }
      }
    }
  }

  /// For inputs of bytes each output channel's weights become bytes of a scale of their own, symmetric around zero.
  init(_ convolution: Convolution, from format: ElementFormat, in unit: Float) {
    let channels = convolution.weight.shape[0]
    bias = convolution.bias?.floats() ?? [Float](repeating: 0, count: channels)
    let values = convolution.weight.floats()
    guard format.precision == .int8 else {
      weights = .floats(values)
      precondition(unit == 1, "floats are counted in ones")
      return
    }
    bias = bias.map { $0 / unit }
    var bytes = [Int8](repeating: 0, count: values.count)
    let count = values.count / max(channels, 1)
    let limit = Processor.current.largestWeight
    // Without VNNI the library halves the weights for signed bytes; twice the weights at half the scale then come to the same.
    let factor: Float = if case .signed8 = format, !Processor.current.hasByteProducts { 2 } else { 1 }
    for channel in 0..<channels {
      let range = channel * count..<(channel + 1) * count
      let greatest = values[range].reduce(0) { max($0, abs($1)) }
      let scale = greatest > 0 && greatest.isFinite ? greatest / limit : 1
      for index in range { bytes[index] = Int8(factor * max(-limit, min(limit, (values[index] / scale).rounded(.toNearestOrEven)))) }
      scales.append(scale / factor * format.scale / unit)
    }
    weights = .bytes(bytes)
  }

  /// The weights that the bytes stand for.
  func roundedWeight(_ shape: [Int], inputScale: Float) -> Tensor {
    guard case .bytes(let bytes) = weights else { preconditionFailure("weights that are bytes") }
    let count = bytes.count / max(scales.count, 1)
    return Tensor(shape: shape, floats: bytes.indices.map { Float(bytes[$0]) * scales[$0 / max(count, 1)] / inputScale })
  }

  /// What the sum of each output channel begins with where bytes are multiplied without a sign: signed ones are read as 128 more, which is taken away.
  func beginnings(from format: ElementFormat) -> [Int32] {
    guard case .bytes(let weights) = weights else { preconditionFailure("inputs are bytes") }
    guard case .signed8 = format else { return [Int32](repeating: 0, count: scales.count) }
    let perOutput = weights.count / max(scales.count, 1)
    return scales.indices.map { output in weights[output * perOutput..<(output + 1) * perOutput].reduce(0) { $0 - 128 * Int32($1) } }
  }

  /// Whether, of inputs of bytes, results are far from the limits of whole numbers of four bytes before they are cut off to bytes, whatever the input.
  /// `addedScale`: of the bytes that are added, in units of the results.
  func areResultsBelowLimits(_ operations: StraightOperations, adding addedScale: Float?) -> Bool {
    guard case .bytes(let weights) = weights else { preconditionFailure("inputs are bytes") }
    // The largest weight, input and added byte; slopes may enlarge what is below zero.
    let sum = 255 * 127 * Float(weights.count / max(scales.count, 1))
    let slopes = [operations.before, operations.after].map { activation -> Float in
      switch activation {
      case .prelu(let slopes)?: slopes.reduce(1) { max($0, abs($1)) }
      case .leakyRelu(let slope)?: max(1, abs(slope))
      default: 1
      }
    }
    let added = 255 * (addedScale ?? 0)
    return zip(scales, bias).allSatisfy { scale, bias in ((sum * abs(scale) + abs(bias)) * slopes[0] + added) * slopes[1] < 0x1p30 }
  }
}
