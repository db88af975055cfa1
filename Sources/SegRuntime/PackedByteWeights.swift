import CSegKernels
import SegGraph
import SegTensor

/// A convolution's weights in the order of the kernel for bytes: blocks of output channels, each with those words (weights of four neighbouring input channels
/// at one place of the window) that are not zero for all of its channels.
struct PackedByteWeights {
  /// Output channels that are summed up together.
  let blocks: [Range<Int>]
  /// The words that are not left out, for each block, as `ByteConvolution.tapCount` counts them.
  let words: [[Int]]
  /// The lists of words that blocks choose, one behind the other, and where that of each block begins; nil where it takes all.
  let chosen: [Int]
  private let starts: [Int?]

  private let wordCount: Int
  /// Output channel, word; zeros for input channels that only fill up a plane.
  private let values: [Int32]
  /// What the sum of each output channel begins with.
  private let beginnings: [Int32]

  /// Packs the weights of `convolution`. No block has channels of two of its `places` equal runs; other runs of channels that leave out different words are kept
  /// apart where that is less work. Blocks begin at multiples of four channels unless `places` says otherwise.
  init(_ sums: ConvolutionSums, of convolution: ByteConvolution) {
    guard case .bytes(let weights) = sums.weights else { preconditionFailure("inputs are bytes") }
    let (shape, group) = (convolution.convolution.weight.shape, Int(SEG_BYTE_GROUP))
    let (outputs, count) = (shape[0], convolution.tapCount)
    values = Self.values(weights, of: convolution)
    wordCount = count
    beginnings = sums.beginnings(from: convolution.input.format)

    let values = values
    func wordsOf(_ channels: Range<Int>) -> [Int] {
      (0..<count).filter { word in channels.contains { values[$0 * count + word] != 0 } }
    }
    func split(_ runs: [Range<Int>]) -> (blocks: [Range<Int>], words: [[Int]]) {
      let blocks = runs.flatMap(Self.blocks)
      return (blocks, blocks.map(wordsOf))
    }
    let places = convolution.places
    var split = split((0..<places).map { $0 * outputs / places..<($0 + 1) * outputs / places })
    if places == 1, values.contains(0) {
      var runs: [(channels: Range<Int>, words: [Int])] = []
      for first in stride(from: 0, to: outputs, by: group) {
        let channels = first..<min(first + group, outputs)
        let words = wordsOf(channels)
        if let last = runs.last, last.words == words {
          runs[runs.count - 1].channels = last.channels.lowerBound..<channels.upperBound
        } else {
          runs.append((channels, words))
        }
      }
      let blocks = runs.flatMap { Self.blocks($0.channels) }
      let apart = (blocks: blocks, words: blocks.map(wordsOf))
      if Self.cost(apart.blocks, apart.words) < Self.cost(split.blocks, split.words) { split = apart }
    }
    (blocks, words) = split
    var (chosen, starts) = ([Int](), [Int?]())
    for (index, words) in split.words.enumerated() {
      if words.count == count {
        starts.append(nil)
      } else if index > 0, words == split.words[index - 1] {
        starts.append(starts[index - 1])
      } else {
        starts.append(chosen.count)
        chosen += words
      }
    }
    (self.chosen, self.starts) = (chosen, starts)
  }

  /// Words that are multiplied for an output channel, on average.
  var meanWords: Double {
    Double(zip(blocks, words).reduce(0) { $0 + $1.0.count * $1.1.count }) / Double(max(beginnings.count, 1))
  }

  /// Puts the kernel's blocks, the taps that they choose and what sums begin with into `constants` and `made`.
  func store(in made: inout SegByteConvolution, _ constants: ConstantStore) {
    let stored = constants.allocate(blocks.count, of: SegByteBlock.self)
    let packed = constants.allocate(zip(blocks, words).reduce(0) { $0 + $1.0.count * $1.1.count }, of: Int32.self)
    var target = packed
    for (index, (block, words)) in zip(blocks, words).enumerated() {
      stored[index] = SegByteBlock(
        first: Int32(block.lowerBound), count: Int32(block.count), first_tap: Int32(starts[index].map { wordCount + $0 } ?? 0), tap_count: Int32(words.count),
        weights: UnsafePointer(target))
      for word in words {
        for channel in block {
          target.pointee = values[channel * wordCount + word]
          target += 1
        }
      }
    }
    (made.blocks, made.block_count) = (UnsafePointer(stored), Int32(blocks.count))
    (made.chosen, made.chosen_count) = (constants.copy(chosen), Int32(chosen.count))
    made.starts = constants.copy(beginnings)
  }

  /// The weights as words.
  private static func values(_ weights: [Int8], of convolution: ByteConvolution) -> [Int32] {
    let (shape, group) = (convolution.convolution.weight.shape, Int(SEG_BYTE_GROUP))
    let (outputs, inputs, rows, columns) = (shape[0], shape[1], shape[2], shape[3])
    let (planes, count) = (convolution.wholePlanes, convolution.tapCount)
    var values = [Int32](repeating: 0, count: outputs * count)
    values.withUnsafeMutableBytes { bytes in
      for output in 0..<outputs {
        for inner in 0..<inputs {
          for row in 0..<rows {
            for column in 0..<columns {
              let isPaired = inner / group >= planes
              let word =
                isPaired ? (rows * planes + row / 2) * columns + column : (row * planes + inner / group) * columns + column
              let byte = isPaired ? group / 2 * (row % 2) + inner % group : inner % group
              bytes[(output * count + word) * group + byte] = UInt8(bitPattern: weights[((output * inputs + inner) * rows + row) * columns + column])
            }
          }
        }
      }
    }
    return values
  }

  /// A run of channels as the kernel's blocks.
  private static func blocks(_ run: Range<Int>) -> [Range<Int>] {
    var made: [Range<Int>] = []
    var first = run.lowerBound
    while first < run.upperBound {
      let count = Int(seg_byte_block(Int32(run.upperBound - first)))
      made.append(first..<first + count)
      first += count
    }
    return made
  }

  /// Cycles for 32 pixels, about: fewer than five channels wait for their own sums, and every block begins and ends.
  private static func cost(_ blocks: [Range<Int>], _ words: [[Int]]) -> Int {
    zip(blocks, words).reduce(0) { $0 + max($1.0.count, 5) * $1.1.count + 10 }
  }
}
