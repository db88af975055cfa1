import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport

@testable import SegRuntime

/// A 3x3 convolution of bytes with what it reads, and what nine products a place give.
struct WinogradTrial {
  var convolution: Convolution
  let input, output: TypedShape
  let added: ElementFormat?
  let inputBytes, addedBytes: [UInt8]

  init(
    _ convolution: Convolution, _ shape: FeatureShape, _ format: ElementFormat, to outputFormat: ElementFormat, adding added: ElementFormat? = nil,
    bytes: [UInt8]? = nil, seed: UInt64
  ) {
    var random = RandomNumbers(seed: seed)
    self.convolution = convolution
    let (padding, dilation) = (convolution.padding, convolution.dilation)
    input = TypedShape(shape: shape, format: format)
    output = TypedShape(
      shape: FeatureShape(
        height: shape.height + padding.top + padding.bottom - 2 * dilation.vertical,
        width: shape.width + padding.left + padding.right - 2 * dilation.horizontal, channels: convolution.weight.shape[0]), format: outputFormat)
    self.added = added
    inputBytes = bytes ?? (0..<shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
    addedBytes = (0..<output.shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// One of random shape, formats and post-operations; where `isPlane`, one that is done sixteen tiles at once.
  init(seed: UInt64, isPlane: Bool = false) {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let inputs = [number(1...45), 32, 64, number(61...70)][number(0...3)]
    let outputs = [16 * number(1...5), number(60...80), number(1...40), number(1...40)][number(0...3)]
    let bound = 2 / Float(9 * inputs).squareRoot()
    var made = Convolution(
      weight: Tensor(shape: [outputs, inputs, 3, 3], floats: random.floats(outputs * inputs * 9, in: -bound...bound)),
      bias: number(0...3) == 0 ? nil : Tensor(shape: [outputs], floats: random.floats(outputs)))
    if !isPlane, number(0...3) == 0 { made.dilation = (number(1...3), number(1...3)) }
    let left = number(0...(isPlane ? 2 : 3))
    made.padding = Padding(top: number(0...3), bottom: number(0...3), left: left, right: number(0...(isPlane ? 2 - left : 3)))
    let added = number(0...1) == 0 ? random.byteFormat() : nil
    made.postOperations = [
      random.straightActivation(channels: outputs), added == nil ? nil : .add(inputIndex: 1), random.straightActivation(channels: outputs),
    ].compactMap { $0 }
    let (height, width) = (number(1...14) + 2 * made.dilation.vertical, number(1...(isPlane ? 150 : 40)) + 2 * made.dilation.horizontal)
    self.init(
      made, FeatureShape(height: height, width: width, channels: inputs), random.byteFormat(),
      to: !isPlane && added == nil && number(0...2) == 0 ? .float32 : random.byteFormat(),
      adding: added, seed: seed)
  }

  /// What the bytes stand for, in units of the output's scale.
  func results(_ bytes: [UInt8]) -> [Double] {
    switch output.format {
    case .float32:
      bytes.withUnsafeBytes { bytes in
        (0..<output.shape.count).map { Double(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
      }
    default: (0..<output.shape.count).map { Double(output.format.number(bytes[$0])) }
    }
  }

  /// What nine products a place of the weights as they are give, in units of the output's scale and within its limits; not rounded. And the largest sum.
  func expected() -> (results: [Double], largest: Double) {
    let unit = Double(output.format.scale)
    let weights = convolution.weight.floats().map { Double($0) }
    let bias = convolution.bias?.floats() ?? [Float](repeating: 0, count: output.shape.channels)
    let (height, width, inputs) = (input.shape.height, input.shape.width, input.shape.channels)
    let values = inputBytes.map { Double(input.format.number($0)) }
    var (results, largest): ([Double], Double) = ([], 0)
    for row in 0..<output.shape.height {
      for column in 0..<output.shape.width {
        for channel in 0..<output.shape.channels {
          var sum = 0.0
          for tap in 0..<9 {
            let y = row - convolution.padding.top + tap / 3 * convolution.dilation.vertical
            let x = column - convolution.padding.left + tap % 3 * convolution.dilation.horizontal
            guard y >= 0, y < height, x >= 0, x < width else { continue }
            for inner in 0..<inputs { sum += values[(y * width + x) * inputs + inner] * weights[(channel * inputs + inner) * 9 + tap] }
          }
          var value = sum * Double(input.format.scale) / unit
          largest = max(largest, abs(value))
          value += Double(bias[channel]) / unit
          for operation in convolution.postOperations {
            switch operation {
            case .add:
              let format = added ?? .float32
              value += Double(format.number(addedBytes[results.count])) * Double(format.scale) / unit
            case .activation(let activation): value = activation.applied(to: value, channel: channel, unit: unit)
            }
          }
          switch output.format {
          case .signed8: results.append(min(max(value, -128), 127))
          case .unsigned8: results.append(min(max(value, 0), 255))
          case .float32, .bfloat16: results.append(value)
          }
        }
      }
    }
    return (results, largest)
  }
}
