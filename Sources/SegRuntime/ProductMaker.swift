import CSegKernels
import SegBase
import SegGraph
import SegTensor

/// What makes the products of a few rows of a map: a 1x1 convolution whose results are floats or halves.
enum ProductMaker {
  /// The library, for each number of rows.
  case library([Int: ConvolutionPrimitive])
  /// Tile registers.
  case matrix(UnsafeMutablePointer<SegMatrixConvolution>)
  /// Registers of 32 bytes.
  case gathered(UnsafeMutablePointer<SegGatheredConvolution>)

  /// Prepares the convolution for as many rows of a map like `input` as one of `heights` says; the library makes floats only. Throws what the library cannot do.
  init(
    _ engine: Engine, _ convolution: Convolution, from input: TypedShape, heights: Set<Int>, in numbers: ProductNumbers, threads: Int, name: String,
    _ constants: ConstantStore
  ) throws(InputError) {
    func sized(_ rows: Int) -> (source: TypedShape, made: TypedShape) {
      var (source, made) = (input, TypedShape(shape: input.shape, format: .float32))
      (source.shape.height, made.shape.height, made.shape.channels) = (rows, rows, convolution.weight.shape[0])
      return (source, made)
    }
    let (source, made) = sized(heights.max() ?? 1)
    if let matrix = Self.matrix(convolution, from: source, to: made) {
      precondition(numbers == .floats || matrix.canWriteHalves, "halves are of bytes and whole pairs of registers")
      let arguments = constants.allocate(1, of: SegMatrixConvolution.self)
      arguments.pointee = matrix.arguments(
        from: SegTypedMap(nil, source), to: SegTypedMap(nil, made), adding: nil, numbers: numbers, threads: threads, constants)
      self = .matrix(arguments)
      return
    }
    precondition(numbers == .floats, "halves are chosen where tile registers make them")
    if let gathered = Self.gathered(convolution, from: source, to: made) {
      let arguments = constants.allocate(1, of: SegGatheredConvolution.self)
      arguments.pointee = gathered.arguments(from: SegTypedMap(nil, source), to: SegTypedMap(nil, made), adding: nil, threads: threads, constants)
      self = .gathered(arguments)
      return
    }
    var primitives: [Int: ConvolutionPrimitive] = [:]
    for rows in heights {
      let (source, made) = sized(rows)
      primitives[rows] = try ConvolutionPrimitive(engine, convolution, from: source, to: made, post: [], name: name)
    }
    self = .library(primitives)
  }

  /// The convolution in tile registers, where the processor has them.
  static func matrix(_ convolution: Convolution, from source: TypedShape, to made: TypedShape) -> MatrixConvolution? {
    MatrixConvolution.isAvailable ? MatrixConvolution(convolution, from: source, to: made, adding: nil) : nil
  }

  /// The convolution in registers of 32 bytes, where the processor has no wider ones and each row enough pixels.
  static func gathered(_ convolution: Convolution, from source: TypedShape, to made: TypedShape) -> GatheredConvolution? {
    guard GatheredConvolution.isAvailable, source.shape.width >= Int(SEG_GATHERED_PLACES) else { return nil }
    return GatheredConvolution(convolution, from: source, to: made, adding: nil)
  }

  /// The name of the code, without the processor's.
  var implementation: Substring {
    switch self {
    case .library(let primitives): primitives.values.first?.implementation.prefix { $0 != ":" } ?? ""
    case .matrix: "matrix"
    case .gathered: "gathered"
    }
  }

  /// Bytes of scratch that a run needs.
  var scratchByteCount: Int {
    switch self {
    case .library(let primitives): primitives.values.map(\.scratchByteCount).max() ?? 0
    case .matrix(let arguments): arguments.pointee.share_bytes * Int(arguments.pointee.shares)
    case .gathered(let arguments): arguments.pointee.share_bytes * Int(arguments.pointee.shares)
    }
  }

  /// Bytes of weights that the library packed.
  var weightByteCount: Int {
    if case .library(let primitives) = self { primitives.values.reduce(0) { $0 + $1.weightByteCount } } else { 0 }
  }

  /// Makes the products of so many rows that begin at `input`.
  func run(rows: Int, from input: UnsafeMutableRawPointer, to output: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<UInt8>, threads: Int32) {
    switch self {
    case .library(let primitives):
      guard let primitive = primitives[rows] else { preconditionFailure("a primitive for every number of rows") }
      primitive.bind(input: input, output: output, added: nil, scratch: scratch)
      primitive.run()
    case .matrix(let arguments):
      (arguments.pointee.input.data, arguments.pointee.output.data, arguments.pointee.scratch) = (input, output, scratch)
      (arguments.pointee.input.height, arguments.pointee.output.height, arguments.pointee.row_count) = (Int32(rows), Int32(rows), Int32(rows))
      seg_run_rows(seg_matrix_convolution, arguments, arguments.pointee.shares, threads)
    case .gathered(let arguments):
      (arguments.pointee.input.data, arguments.pointee.output.data, arguments.pointee.scratch) = (input, output, scratch)
      (arguments.pointee.input.height, arguments.pointee.output.height, arguments.pointee.row_count) = (Int32(rows), Int32(rows), Int32(rows))
      // Fewer rows have pixels for fewer shares.
      var work = arguments.pointee
      work.shares = min(work.shares, Int32(rows) * work.output.width / Int32(SEG_GATHERED_PLACES))
      seg_run_rows(seg_gathered_convolution, &work, work.shares, threads)
    }
  }
}
