import CSegKernels
import SegBase
import SegGraph
import SegTensor

/// A convolution of a map that is enlarged bilinearly: the products of every tap are made on the small map, a few rows and some of the output channels at a time,
/// and each result is interpolated from them while they are in the processor's cache (`CSegKernels/enlarged_sums.c`, `enlarged_halves.c`).
final class EnlargedConvolution {
  private let plan: EnlargedRows
  private let blocks: [Block]
  private let inputRowBytes: Int
  /// How products are kept.
  private let numbers: ProductNumbers
  /// Numbers of a row of products.
  private let productRow: Int
  private var input: UnsafeMutableRawPointer?
  private var scratch: UnsafeMutablePointer<UInt8>?

  /// Output channels that are made together.
  private struct Block {
    let products: ProductMaker
    let sums: UnsafeMutablePointer<SegEnlargedSums>
  }

  /// Output channels of a block: the first that divides them.
  private static let blockChannels = [64, 32, Int(SEG_ENLARGED_VECTOR)]
  /// Bytes of the products of a strip of rows: with those that are kept from the strip before they should fit in a core's own cache.
  private static let stripBytes = 320 << 10

  /// Prepares a convolution from `input` to `output`, which lies at `target`, for runs on `threads` threads. Throws what the library cannot do.
  init(
    _ engine: Engine, _ convolution: Convolution, from input: TypedShape, to output: TypedShape, at target: SegTypedMap, name: String,
    threads: Int, _ constants: ConstantStore
  ) throws(InputError) {
    guard let size = convolution.enlargement else { preconditionFailure("a convolution that enlarges its input") }
    let (taps, channels) = (convolution.weight.shape[2] * convolution.weight.shape[3], output.shape.channels)
    guard let width = Self.blockChannels.first(where: channels.isMultiple) else { preconditionFailure("whole vectors of output channels") }
    let numbers = ProductNumbers(convolution, from: input.format, to: output.format)
    self.numbers = numbers
    let (rows, columns) = (EnlargedAxis(convolution, size, .rows, from: input.shape), EnlargedAxis(convolution, size, .columns, from: input.shape))
    productRow = input.shape.width * taps * width
    plan = EnlargedRows(rows, stripRows: max(1, Self.stripBytes / (productRow * numbers.byteCount)))
    inputRowBytes = input.shape.width * input.shape.channels * input.format.byteCount

    let (rowShares, rowCounts) = rows.shares(constants, step: productRow, tapStep: convolution.weight.shape[3] * width) { [plan] in $0 % plan.ringRows }
    let (columnShares, columnCounts) = columns.shares(constants, step: convolution.weight.shape[3] * width, tapStep: width) { $0 }
    let weights = TapProducts(convolution)
    var blocks: [Block] = []
    let activation: Activation? = if case .activation(let activation)? = convolution.postOperations.first { activation } else { nil }
    let bias = (convolution.bias?.floats() ?? [Float](repeating: 0, count: channels)).map { $0 / numbers.unit }
    for first in stride(from: 0, to: channels, by: width) {
      let range = first..<first + width
      let maker = try ProductMaker(
        engine, weights.convolution(ofChannels: range), from: input, heights: plan.stripSizes, in: numbers, threads: threads, name: name, constants)
      let sums = constants.allocate(1, of: SegEnlargedSums.self)
      sums.pointee.product_width = Int32(input.shape.width)
      (sums.pointee.kernel_rows, sums.pointee.kernel_columns) = (Int32(convolution.weight.shape[2]), Int32(convolution.weight.shape[3]))
      sums.pointee.block = Int32(width)
      (sums.pointee.row_shares, sums.pointee.row_counts, sums.pointee.most_row_shares) = (rowShares, rowCounts, Int32(rows.mostShares))
      (sums.pointee.column_shares, sums.pointee.column_counts, sums.pointee.most_column_shares) = (columnShares, columnCounts, Int32(columns.mostShares))
      sums.pointee.bias = constants.copy(Array(bias[range]))
      sums.pointee.activation = constants.activation(activation?.ofChannels(range), channels: width, in: numbers.unit)
      sums.pointee.unit = numbers.unit / output.format.scale
      sums.pointee.output = target
      sums.pointee.output.data = target.data + first * output.format.byteCount
      sums.pointee.output.channels = Int32(width)
      blocks.append(Block(products: maker, sums: sums))
    }
    self.blocks = blocks
  }

  /// The name of the code that makes the products, without the processor's.
  var implementation: Substring { blocks.first?.products.implementation ?? "" }
  /// Bytes of the weights that the library packed.
  var weightByteCount: Int { blocks.reduce(0) { $0 + $1.products.weightByteCount } }
  /// Bytes of scratch that a run needs.
  var scratchByteCount: Int { productBytes + lineBytes + (blocks.map { $0.products.scratchByteCount }.max() ?? 0) }

  private var productBytes: Int { aligned(plan.ringRows * productRow * numbers.byteCount) }
  private var lineBytes: Int {
    guard let sums = blocks.first?.sums.pointee else { return 0 }
    let line = seg_enlarged_line(sums.product_width, sums.kernel_columns, sums.block)
    return aligned(plan.mostRows * line * numbers.byteCount)
  }

  private func aligned(_ bytes: Int) -> Int { (bytes + 127) / 64 * 64 }

  /// Sets the memory that runs read and use.
  func bind(input: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<UInt8>) {
    (self.input, self.scratch) = (input, scratch)
    for block in blocks {
      block.sums.pointee.products = UnsafeRawPointer(scratch)
      block.sums.pointee.lines = UnsafeMutableRawPointer(scratch + productBytes)
    }
  }

  /// Makes the whole output.
  func run(threads: Int32) {
    guard let input, let scratch else { preconditionFailure("memory is bound before a run") }
    let (products, rest) = (UnsafeMutableRawPointer(scratch), scratch + productBytes + lineBytes)
    let kernel: SegRowKernel = numbers == .floats ? seg_enlarged_sums : seg_enlarged_halves
    for block in blocks {
      for strip in plan.strips {
        let place = products + strip.rows.lowerBound % plan.ringRows * productRow * numbers.byteCount
        block.products.run(rows: strip.rows.count, from: input + strip.rows.lowerBound * inputRowBytes, to: place, scratch: rest, threads: threads)
        if strip.results.isEmpty { continue }
        block.sums.pointee.first_row = Int32(strip.results.lowerBound)
        seg_run_rows(kernel, block.sums, Int32(strip.results.count), threads)
      }
    }
  }
}

extension StepBuilder {
  /// Adds the step of a convolution that enlarges its input.
  mutating func addEnlarged(_ convolution: Convolution, _ node: Node) throws(InputError) {
    let (input, output) = (node.inputs[0], node.outputs[0])
    let made = try EnlargedConvolution(
      engine, convolution, from: typedShape(input), to: typedShape(output), at: typed(output), name: node.name, threads: threads, constants)
    let source = address(input)
    scratchUsers.append((made.scratchByteCount, { made.bind(input: source, scratch: $0) }))
    packedByteCount += made.weightByteCount
    steps.append(
      Step(
        name: node.name, kind: "enlarged \(made.implementation)", precision: format(of: input).precision,
        gigaOperations: 2e-9 * Double(graph.multiplyAccumulates(of: node)), work: .enlarged(made)))
  }
}

extension Activation {
  /// The same function of some of the channels.
  fileprivate func ofChannels(_ channels: Range<Int>) -> Activation {
    if case .prelu(let slopes) = self { .prelu(slopes: Array(slopes[channels])) } else { self }
  }
}
