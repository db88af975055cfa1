import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Labels straight from sums of products of bytes, and convolutions of bytes some rows at a time.
@Suite(.enabled(if: ByteConvolution.isAvailable, "the processor has no wide products of bytes")) struct ByteStripConvolutionTests {
  @Test("labels are those of the scores, whatever the shape, the classes and the number of strips", arguments: UInt64(0)..<200)
  func labels(seed: UInt64) throws {
    let drawn = DrawnScores(seed: seed)
    let expected = try drawn.expectedLabels()
    for strips in [1, 3] { #expect(try drawn.labels(strips: strips) == expected, "seed \(seed), \(strips) strips, \(drawn.output), block \(drawn.block)") }
  }

  @Test("some rows are those of the whole", arguments: UInt64(0)..<60)
  func rows(seed: UInt64) throws {
    let drawn = DrawnScores(seed: seed &+ 500)
    let whole = try drawn.scores()
    let count = drawn.output.width * drawn.output.channels
    for first in stride(from: 0, to: drawn.output.height, by: 2) {
      let rows = first..<min(first + 2, drawn.output.height)
      #expect(try drawn.scores(rows, strips: rows.count) == Array(whole[rows.lowerBound * count..<rows.upperBound * count]), "seed \(seed), rows \(rows)")
    }
  }

  @Test("words of weights that are zero for a whole block are left out", arguments: UInt64(0)..<40)
  func zeros(seed: UInt64) throws {
    let drawn = DrawnScores(seed: seed &+ 900)
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

extension DrawnScores {
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
      arguments.labels = try #require(labelMaker.placeLabels(ignoring: ignored, into: UnsafeMutableBufferPointer(start: written, count: byteCount)))
    }
    seg_byte_convolution(&arguments, 0, Int32(strips))
    return Array(UnsafeBufferPointer(start: written, count: byteCount + 16))
  }

  fileprivate func scores(_ rows: Range<Int>? = nil, strips: Int = 1) throws -> [Float] {
    let rows = rows ?? 0..<output.height
    let found = try run(rows, strips: strips, byteCount: rows.count * output.width * output.channels * 4, labels: false)
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 })
    return found.dropLast(16).withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
  }

  fileprivate func labels(strips: Int) throws -> [UInt8] {
    let found = try run(0..<output.height, strips: strips, byteCount: interleave.height * interleave.width, labels: true)
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 })
    return found.dropLast(16)
  }

  /// The labels of scores that are in memory.
  fileprivate func expectedLabels() throws -> [UInt8] { labels(of: try scores()) }
}
