import SegGraph
import SegTensor
import SegTestSupport

@testable import SegRuntime

/// A convolution that makes scores for each place of a block, and what it reads.
struct DrawnScores {
  var convolution: Convolution
  let input: TypedShape
  let output: FeatureShape
  let block, classes: Int
  let interleave: Interleave
  /// The input's.
  let bytes: [UInt8]
  let ignored: Int?

  /// Bytes of any number of channels, or floats or bytes of a multiple of `channelStep`.
  init(seed: UInt64, isOfFloats: Bool = false, channelStep: Int = 1) {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    (block, classes) = (number(1...3), number(0...9) == 0 ? number(1...3) : number(4...25))
    let places = block * block
    let (inputs, kernel) = (channelStep * number(1...20 / channelStep), (number(1...3), number(1...3)))
    let shape = FeatureShape(height: number(1...9), width: number(0...2) == 0 ? 32 * number(1...3) : number(1...100), channels: inputs)
    let scale = Float.random(in: 0.01...0.1, using: &random)
    let isUnsigned = Bool.random(using: &random)
    input = TypedShape(shape: shape, format: isOfFloats ? .float32 : isUnsigned ? .unsigned8(scale: scale) : .signed8(scale: scale))
    let padding = Padding(top: number(0...kernel.0 - 1), bottom: kernel.0 - 1, left: number(0...kernel.1 - 1), right: kernel.1 - 1)
    output = FeatureShape(
      height: shape.height + padding.top + padding.bottom - kernel.0 + 1, width: shape.width + padding.left + padding.right - kernel.1 + 1,
      channels: places * classes)
    var weights = random.floats(output.channels * inputs * kernel.0 * kernel.1, in: -0.2...0.2)
    var bias = random.floats(output.channels)
    let size = inputs * kernel.0 * kernel.1
    for place in 0..<places {
      // Each place leaves out windows of its own, as transposed convolutions do.
      for tap in 0..<kernel.0 * kernel.1 where number(0...1) == 0 {
        for index in 0..<classes * inputs { weights[(place * classes * inputs + index) * kernel.0 * kernel.1 + tap] = 0 }
      }
      // Two classes that are always equal.
      let (one, other) = (place * classes + number(0...classes - 1), place * classes + number(0...classes - 1))
      bias[other] = bias[one]
      for index in 0..<size { weights[other * size + index] = weights[one * size + index] }
    }
    var made = Convolution(
      weight: Tensor(shape: [output.channels, inputs, kernel.0, kernel.1], floats: weights), bias: Tensor(shape: [output.channels], floats: bias))
    made.padding = padding
    convolution = made
    let offset = (number(0...block - 1), number(0...block - 1))
    interleave = Interleave(
      block: block, offset: offset, height: max(1, output.height * block - offset.0 - number(0...block - 1)),
      width: max(1, output.width * block - offset.1 - number(0...block - 1)))
    bytes =
      isOfFloats
      ? random.floats(shape.count).withUnsafeBytes { Array($0) } : (0..<shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
    ignored = [nil, 0, classes - 1][number(0...2)]
  }

  /// What makes labels of the scores.
  var labelMaker: LabelMaker {
    LabelMaker(blocks: FeatureShape(height: output.height, width: output.width * block * block, channels: classes), interleave: interleave)
  }

  /// The labels of scores that are in memory.
  func labels(of scores: [Float]) -> [UInt8] {
    var labels = [UInt8](repeating: 255, count: interleave.height * interleave.width)
    let maker = labelMaker
    scores.withUnsafeBufferPointer { scores in labels.withUnsafeMutableBufferPointer { maker.makeLabels(from: scores, ignoring: ignored, into: $0) } }
    return labels
  }

  /// The scores by plain loops; of bytes with the weights that kernels multiply.
  func plainScores() -> [Float] {
    let weight: Tensor
    let numbers = input.format.numbers(bytes).map { Float($0) * input.format.scale }
    if input.format.precision == .int8 {
      weight = ConvolutionSums(convolution, from: input.format, in: 1).roundedWeight(convolution.weight.shape, inputScale: input.format.scale)
    } else {
      weight = convolution.weight
    }
    var made = convolution
    made.weight = weight
    var builder = GraphBuilder()
    let value = builder.input(input.shape)
    guard let scores = try? builder.add(.convolution(made), name: "scores", inputs: [value]) else { preconditionFailure("a valid convolution") }
    builder.output(scores, name: "output")
    return ReferenceInterpreter(graph: builder.build()).run(inputs: [numbers])["output"] ?? []
  }
}
