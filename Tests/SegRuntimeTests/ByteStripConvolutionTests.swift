import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Labels straight from sums of products of bytes, and convolutions of bytes some rows at a time.
@Suite(.enabled(if: ByteConvolution.isAvailable, "the processor has no wide products of bytes")) struct ByteStripConvolutionTests {
  /// A convolution that makes scores for each place of a block, and what it reads.
  private struct Case {
    let convolution: Convolution
    let input: TypedShape
    let output: FeatureShape
    let block, classes: Int
    let interleave: Interleave
    let bytes: [UInt8]
    let ignored: Int?

    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      (block, classes) = (number(1...3), number(0...9) == 0 ? number(1...3) : number(4...25))
      let places = block * block
      let (inputs, kernel) = (number(1...20), (number(1...3), number(1...3)))
      let shape = FeatureShape(height: number(1...9), width: number(0...2) == 0 ? 32 * number(1...3) : number(1...100), channels: inputs)
      let scale = Float.random(in: 0.01...0.1, using: &random)
      input = TypedShape(shape: shape, format: Bool.random(using: &random) ? .unsigned8(scale: scale) : .signed8(scale: scale))
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
      bytes = (0..<shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
      ignored = [nil, 0, classes - 1][number(0...2)]
    }

    /// Runs the kernel for `rows` in `strips` parts, into scores or into labels, and gives what was written and the sixteen bytes behind it.
    private func run(_ rows: Range<Int>, strips: Int, byteCount: Int, labels: Bool) throws -> [UInt8] {
      let constants = ConstantStore()
      let written = constants.allocate(byteCount + 16, of: UInt8.self)
      for index in 0..<byteCount + 16 { written[index] = 0xA5 }
      let target = TypedShape(shape: output, format: .float32)
      let made = try #require(ByteConvolution(convolution, from: input, to: target, adding: nil, places: block * block))
      func map(_ data: UnsafeMutablePointer<UInt8>?, _ typed: TypedShape) -> SegTypedMap {
        let shape = typed.shape
        return SegTypedMap(
          data: data, height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels), pixel_stride: Int32(shape.channels),
          format: typed.format.kernelFormat, scale: typed.format.scale)
      }
      var arguments = made.arguments(
        from: map(UnsafeMutablePointer(mutating: constants.copy(bytes)), input), to: map(labels ? nil : written, target), adding: nil, constants)
      (arguments.first_row, arguments.row_count, arguments.strips) = (Int32(rows.lowerBound), Int32(rows.count), Int32(strips))
      arguments.scratch = constants.allocate(strips * arguments.strip_bytes, of: UInt8.self)
      for index in 0..<strips * arguments.strip_bytes { arguments.scratch[index] = UInt8(truncatingIfNeeded: index &* 37) }
      if labels {
        let maker = LabelMaker(blocks: FeatureShape(height: output.height, width: output.width * block * block, channels: classes), interleave: interleave)
        arguments.labels = try #require(maker.byteLabels(ignoring: ignored, into: UnsafeMutableBufferPointer(start: written, count: byteCount)))
      }
      seg_byte_convolution(&arguments, 0, Int32(strips))
      return Array(UnsafeBufferPointer(start: written, count: byteCount + 16))
    }

    func scores(_ rows: Range<Int>? = nil, strips: Int = 1) throws -> [Float] {
      let rows = rows ?? 0..<output.height
      let found = try run(rows, strips: strips, byteCount: rows.count * output.width * output.channels * 4, labels: false)
      #expect(found.suffix(16).allSatisfy { $0 == 0xA5 })
      return found.dropLast(16).withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
    }

    func labels(strips: Int) throws -> [UInt8] {
      let found = try run(0..<output.height, strips: strips, byteCount: interleave.height * interleave.width, labels: true)
      #expect(found.suffix(16).allSatisfy { $0 == 0xA5 })
      return found.dropLast(16)
    }

    /// The labels of scores that are in memory.
    func expectedLabels() throws -> [UInt8] {
      let maker = LabelMaker(blocks: FeatureShape(height: output.height, width: output.width * block * block, channels: classes), interleave: interleave)
      var labels = [UInt8](repeating: 255, count: interleave.height * interleave.width)
      let scores = try scores()
      scores.withUnsafeBufferPointer { scores in labels.withUnsafeMutableBufferPointer { maker.makeLabels(from: scores, ignoring: ignored, into: $0) } }
      return labels
    }
  }

  @Test("labels are those of the scores, whatever the shape, the classes and the number of strips", arguments: UInt64(0)..<200)
  func labels(seed: UInt64) throws {
    let drawn = Case(seed: seed)
    let expected = try drawn.expectedLabels()
    for strips in [1, 3] { #expect(try drawn.labels(strips: strips) == expected, "seed \(seed), \(strips) strips, \(drawn.output), block \(drawn.block)") }
  }

  @Test("some rows are those of the whole", arguments: UInt64(0)..<60)
  func rows(seed: UInt64) throws {
    let drawn = Case(seed: seed &+ 500)
    let whole = try drawn.scores()
    let count = drawn.output.width * drawn.output.channels
    for first in stride(from: 0, to: drawn.output.height, by: 2) {
      let rows = first..<min(first + 2, drawn.output.height)
      #expect(try drawn.scores(rows, strips: rows.count) == Array(whole[rows.lowerBound * count..<rows.upperBound * count]), "seed \(seed), rows \(rows)")
    }
  }

  @Test("words of weights that are zero for a whole block are left out", arguments: UInt64(0)..<40)
  func zeros(seed: UInt64) throws {
    let drawn = Case(seed: seed &+ 900)
    let sums = ConvolutionSums(drawn.convolution, from: drawn.input.format, in: 1)
    let target = TypedShape(shape: drawn.output, format: .float32)
    let kernel = try #require(ByteConvolution(drawn.convolution, from: drawn.input, to: target, adding: nil, places: drawn.block * drawn.block))
    let packed = PackedByteWeights(sums, of: kernel)
    guard case .bytes(let weights) = sums.weights else { return }
    let (shape, count) = (drawn.convolution.weight.shape, drawn.convolution.weight.shape[1...].reduce(1, *))
    #expect(packed.blocks.flatMap { Array($0) } == Array(0..<shape[0]))
    for (block, words) in zip(packed.blocks, packed.words) {
      #expect(block.lowerBound / drawn.classes == (block.upperBound - 1) / drawn.classes, "seed \(seed): a block of two places")
      var expected: Set<Int> = []
      for output in block {
        for index in 0..<count where weights[output * count + index] != 0 {
          let (inner, place) = index.quotientAndRemainder(dividingBy: shape[2] * shape[3])
          let (row, column) = place.quotientAndRemainder(dividingBy: shape[3])
          // The last channels of two rows may share words, which come behind all others.
          let isPaired = inner / 4 == kernel.wholePlanes
          expected.insert((isPaired ? shape[2] * kernel.wholePlanes + row / 2 : row * kernel.wholePlanes + inner / 4) * shape[3] + column)
        }
      }
      #expect(words == expected.sorted(), "seed \(seed)")
    }
  }
}
