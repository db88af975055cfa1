import SegGraph
import SegTensor
import SegTestSupport

@testable import SegRuntime

/// A convolution of bytes or bfloat16 of random shape, formats and post-operations, with what it reads, and its results in exact arithmetic.
struct DrawnConvolution {
  let convolution: Convolution
  let input, output: TypedShape
  let added: ElementFormat?
  /// The maps, without gaps.
  let inputBytes, addedBytes: [UInt8]

  /// A convolution over a map of `shape` with random numbers in it.
  init(
    _ convolution: Convolution, over shape: FeatureShape, from format: ElementFormat, to result: ElementFormat, adding added: ElementFormat?,
    _ random: inout RandomNumbers
  ) {
    (self.convolution, self.added) = (convolution, added)
    (input, output) = (TypedShape(shape: shape, format: format), TypedShape(shape: convolution.resultShape(over: shape), format: result))
    inputBytes = random.map(of: format, count: shape.count)
    addedBytes = added.map { [output] in random.map(of: $0, count: output.shape.count) } ?? []
  }

  /// A convolution of bytes whose weights are as large as they get, over a map of the least and the largest bytes; results are small.
  static func ofLargestProducts(
    _ format: ElementFormat, to outputs: Int, from inputs: Int, groups: Int = 1, kernel: (Int, Int), size: (Int, Int)
  ) -> DrawnConvolution {
    var random = RandomNumbers(seed: 5)
    let perOutput = inputs / groups * kernel.0 * kernel.1
    // Some output channels have weights of one sign only.
    let weights = (0..<outputs * perOutput).map { index -> Float in
      switch index / perOutput % 4 {
      case 0: 1
      case 1: -1
      default: Bool.random(using: &random) ? 1 : -1
      }
    }
    var made = Convolution(weight: Tensor(shape: [outputs, inputs / groups, kernel.0, kernel.1], floats: weights))
    made.groups = groups
    let shape = FeatureShape(height: size.0, width: size.1, channels: inputs)
    let bytes = (0..<shape.count).map { _ in [0, 255, 128, 127].randomElement(using: &random)! as UInt8 }
    return DrawnConvolution(made, over: shape, from: format, to: .signed8(scale: format.scale * Float(perOutput) * 1.5), bytes: bytes)
  }

  /// A convolution over a map of these bytes.
  init(_ convolution: Convolution, over shape: FeatureShape, from format: ElementFormat, to result: ElementFormat, bytes: [UInt8]) {
    (self.convolution, added, inputBytes, addedBytes) = (convolution, nil, bytes, [])
    (input, output) = (TypedShape(shape: shape, format: format), TypedShape(shape: convolution.resultShape(over: shape), format: result))
  }

  /// Any convolution for inputs of a precision.
  init(_ precision: Precision, _ random: inout RandomNumbers) {
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func many() -> Int { [64, 128, 130, number(256...300)][number(0...3)] }
    // Many channels or large kernels go with small maps.
    let (isDeep, isLarge) = (number(0...9) == 0, number(0...9) == 0)
    let inputs = isDeep ? many() : number(0...5) == 0 ? number(61...70) : number(1...45)
    let outputs = isDeep && number(0...1) == 0 ? many() : [16 * number(1...4), number(60...80), number(1...40), number(1...40)][number(0...3)]
    let kernel = number(0...2) == 0 ? (1, 1) : isLarge ? (7, 7) : (number(1...5), number(1...5))
    let stride = (number(1...3), number(1...3)), dilation = number(0...3) == 0 ? (number(1...3), number(1...3)) : (1, 1)
    let padding =
      kernel == (1, 1) && number(0...2) > 0 ? Padding(0) : Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
    // Widths of whole vectors write in place.
    let width = isDeep || isLarge ? number(1...20) : number(0...2) == 0 ? 16 * number(1...5) : number(1...90)
    let height = isDeep || isLarge ? number(1...4) : number(1...9)
    let size = (
      (height - 1) * stride.0 + (kernel.0 - 1) * dilation.0 + 1 - padding.top - padding.bottom + number(0...stride.0 - 1),
      (width - 1) * stride.1 + (kernel.1 - 1) * dilation.1 + 1 - padding.left - padding.right + number(0...stride.1 - 1)
    )
    var weights = random.floats(outputs * inputs * kernel.0 * kernel.1, in: -0.2...0.2)
    if number(0...2) == 0 {
      // Runs of output channels for which some places of the window are zero, as transposed convolutions and pruning make them.
      let run = [1, 4, 12, 16][number(0...3)]
      for first in Swift.stride(from: 0, to: outputs, by: run) {
        for place in 0..<kernel.0 * kernel.1 where number(0...2) > 0 {
          for output in first..<min(first + run, outputs) {
            for inner in 0..<inputs { weights[(output * inputs + inner) * kernel.0 * kernel.1 + place] = 0 }
          }
        }
      }
    }
    var made = Convolution(
      weight: Tensor(shape: [outputs, inputs, kernel.0, kernel.1], floats: weights), bias: Tensor(shape: [outputs], floats: random.floats(outputs)))
    (made.stride, made.dilation, made.padding) = (stride, dilation, padding)
    let added = number(0...1) == 0 ? random.format(precision) : nil
    // The kernels of bytes do not add to floats.
    let result = (added == nil || precision == .bfloat16) && number(0...2) == 0 ? ElementFormat.float32 : random.format(precision)
    let (before, after) = (random.straightActivation(channels: outputs), random.straightActivation(channels: outputs))
    made.postOperations = [before, added == nil ? nil : .add(inputIndex: 1), after].compactMap { $0 }
    let shape = FeatureShape(height: max(size.0, 1), width: max(size.1, 1), channels: inputs)
    self.init(made, over: shape, from: random.format(precision), to: result, adding: added, &random)
  }

  /// A result before it is rounded, in units of the output's scale.
  struct Result {
    let value: Double
    /// How far from it single precision may end.
    let tolerance: Double
  }

  /// The results in exact arithmetic, of weights as the kernels have them.
  func expected() -> [Result] {
    let unit = output.format.scale
    let sums = ConvolutionSums(convolution, from: input.format, in: unit)
    let (height, width, inputs) = (input.shape.height, input.shape.width, convolution.weight.shape[1])
    let outputsOfGroup = output.shape.channels / convolution.groups
    let (rows, columns) = (convolution.weight.shape[2], convolution.weight.shape[3])
    let weights = windows(sums.weights)
    let (values, added) = (input.format.numbers(inputBytes), added.map { format in format.numbers(addedBytes).map { $0 * Double(format.scale / unit) } } ?? [])
    let isExact = input.format.precision == .int8
    var results: [Result] = []
    for row in 0..<output.shape.height {
      for column in 0..<output.shape.width {
        for channel in 0..<output.shape.channels {
          var (sum, size) = (0.0, 0.0)
          for tapRow in 0..<rows {
            let y = row * convolution.stride.vertical - convolution.padding.top + tapRow * convolution.dilation.vertical
            for tapColumn in 0..<columns {
              let x = column * convolution.stride.horizontal - convolution.padding.left + tapColumn * convolution.dilation.horizontal
              guard y >= 0, y < height, x >= 0, x < width else { continue }
              let first = (y * width + x) * input.shape.channels + channel / outputsOfGroup * inputs
              let window = ((channel * rows + tapRow) * columns + tapColumn) * inputs
              for inner in 0..<inputs {
                let product = values[first + inner] * weights[window + inner]
                sum += product
                size += abs(product)
              }
            }
          }
          let scale = sums.scales.isEmpty ? 1 : Double(sums.scales[channel])
          var value = sum * scale + Double(sums.bias[channel])
          var greatest = (isExact ? abs(sum) : size) * scale + abs(Double(sums.bias[channel]))
          for operation in convolution.postOperations {
            switch operation {
            case .add:
              value += added[results.count]
              greatest += abs(added[results.count])
            case .activation(let activation): value = activation.applied(to: value, channel: channel, unit: Double(unit))
            }
          }
          results.append(Result(value: value, tolerance: (isExact ? 1e-6 : 1e-5) * greatest))
        }
      }
    }
    return results
  }

  /// How many of the bytes' numbers are not `expected()`, rounded.
  func wrongCount(_ bytes: some Collection<UInt8>) -> Int {
    let (found, expected) = (output.format.numbers(bytes), expected())
    guard found.count == expected.count else { return .max }
    return zip(found, expected).count { found, expected in
      let (least, most) = (output.format.stored(expected.value - expected.tolerance), output.format.stored(expected.value + expected.tolerance))
      return !(least...most).contains(found)
    }
  }

  /// Weights with those of a place of the window together: output channel, row, column, input channel.
  private func windows(_ weights: ConvolutionSums.Weights) -> [Double] {
    let values: [Double] =
      switch weights {
      case .bytes(let values): values.map { Double($0) }
      case .floats(let values): values.map { Double(ElementFormat.bfloat16.rounded($0)) }
      }
    let (shape, places) = (convolution.weight.shape, convolution.weight.shape[2] * convolution.weight.shape[3])
    return (0..<shape[0]).flatMap { output in
      (0..<places).flatMap { place in (0..<shape[1]).map { values[(output * shape[1] + $0) * places + place] } }
    }
  }
}

extension Convolution {
  /// The shape of the result over a map of some shape.
  func resultShape(over shape: FeatureShape) -> FeatureShape {
    let kernel = weight.shape
    return FeatureShape(
      height: (shape.height + padding.top + padding.bottom - (kernel[2] - 1) * dilation.vertical - 1) / stride.vertical + 1,
      width: (shape.width + padding.left + padding.right - (kernel[3] - 1) * dilation.horizontal - 1) / stride.horizontal + 1, channels: kernel[0])
  }
}

extension RandomNumbers {
  /// A format of a precision.
  mutating func format(_ precision: Precision) -> ElementFormat { precision == .bfloat16 ? .bfloat16 : byteFormat() }

  /// Numbers in a format, as they lie in memory.
  mutating func map(of format: ElementFormat, count: Int) -> [UInt8] {
    if format == .float32 { return floats(count).flatMap { value in withUnsafeBytes(of: value) { Array($0) } } }
    guard format == .bfloat16 else { return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
    return floats(count).flatMap { value in
      let half = UInt16(ElementFormat.bfloat16.rounded(value).bitPattern >> 16)
      return [UInt8(truncatingIfNeeded: half), UInt8(half >> 8)]
    }
  }
}

extension ElementFormat {
  /// What elements in memory are, in units of the scale.
  func numbers(_ bytes: some Collection<UInt8>) -> [Double] {
    Array(bytes).withUnsafeBytes { bytes in
      (0..<bytes.count / byteCount).map { index in
        switch self {
        case .float32: Double(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
        case .bfloat16: Double(Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) << 16))
        case .signed8, .unsigned8: Double(number(bytes[index]))
        }
      }
    }
  }

  /// A number in units of the scale as it is in this format.
  fileprivate func stored(_ value: Double) -> Double {
    switch self {
    case .float32: Double(Float(value))
    case .bfloat16: Double(rounded(Float(value)))
    case .signed8: min(max(value.rounded(.toNearestOrEven), -128), 127)
    case .unsigned8: min(max(value.rounded(.toNearestOrEven), 0), 255)
    }
  }
}
