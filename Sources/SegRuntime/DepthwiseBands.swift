import CSegKernels
import SegGraph

/// A convolution and the depthwise one that alone reads it, made in bands of rows: what is between them stays in a core's own cache and is never written as a
/// whole (`CSegKernels/depthwise_bands.c`).
struct DepthwiseBands {
  /// What makes the map between.
  enum First {
    case points(PointConvolution)
    case matrix(MatrixConvolution)
    case windows(WindowConvolution)
    case gathered(GatheredConvolution)
  }

  let first: First
  let depthwise: DepthwiseConvolution
  /// Rows of the map between that are made at once, and that a ring has.
  let chunkRows, ringRows: Int
  private let cacheBytes: Int

  /// Nil where the first convolution adds a map, makes another map than the second reads, has windows that would be copied again for each band, or is none of
  /// those kernels that make rows by themselves. `cacheBytes`: of a core's own cache, at least.
  init?(_ first: ShortConvolutions.Kind, _ depthwise: DepthwiseConvolution, cacheBytes: Int = 1 << 20) {
    let made: TypedShape
    switch first {
    case .points(let convolution) where !convolution.adds: (self.first, made) = (.points(convolution), convolution.output)
    case .matrix(let convolution) where convolution.isOfPoints: (self.first, made) = (.matrix(convolution), convolution.output)
    case .windows(let convolution): (self.first, made) = (.windows(convolution), convolution.output)
    case .gathered(let convolution) where convolution.isOfPoints && !convolution.adds: (self.first, made) = (.gathered(convolution), convolution.output)
    default: return nil
    }
    guard made == depthwise.input, made.shape.width >= Int(SEG_POINT_PLACES) else { return nil }
    (self.depthwise, self.cacheBytes) = (depthwise, cacheBytes)
    let reach = (Int(SEG_DEPTHWISE_SIDE) - 1) * depthwise.dilation
    func ring(_ chunk: Int) -> Int { (reach + chunk).dividedUp(by: chunk) * chunk }
    let most = cacheBytes / 4 / made.rowByteCount
    var chunk = 1
    while ring(2 * chunk) <= most, 2 * chunk <= made.shape.height { chunk *= 2 }
    (chunkRows, ringRows) = (chunk, ring(chunk))
  }

  /// Whether the map between would leave the cache, and a ring of it does not.
  var isWorthwhile: Bool { depthwise.input.shape.height * depthwise.input.rowByteCount > cacheBytes && ringBytes <= cacheBytes }

  /// Bytes of a share's ring, a multiple of 64 with what may be read behind it.
  private var ringBytes: Int { (ringRows * depthwise.input.rowByteCount + Int(SEG_READABLE_BEYOND)).dividedUp(by: 64) * 64 }

  /// Parts that the output's rows are divided into for so many threads.
  func shares(threads: Int) -> Int { min(threads, depthwise.output.shape.height) }

  /// Bytes of all rings for so many threads.
  func ringByteCount(threads: Int) -> Int { shares(threads: threads) * ringBytes }

  /// What profiles call it.
  var kind: String {
    let name =
      switch first {
      case .points: "points"
      case .matrix: "matrix"
      case .windows: "windows"
      case .gathered: "gathered"
      }
    return "\(name), \(depthwise.kind)"
  }

  /// What the kernel works with on `threads` threads, with the rings at `between`; constants are in `constants`. `need` is called with the bytes of scratch that
  /// all shares need, and what is to be told where it is.
  func arguments(
    from source: SegTypedMap, by between: SegTypedMap, to target: SegTypedMap, threads: Int, _ constants: ConstantStore,
    needing need: (Int, @escaping (UnsafeMutablePointer<UInt8>) -> Void) -> Void
  ) -> SegDepthwiseBands {
    let shares = shares(threads: threads)
    var made = SegDepthwiseBands()
    switch first {
    case .points(let convolution):
      let own = constants.allocate(1, of: SegPointConvolution.self)
      own.pointee = convolution.arguments(from: source, to: between, adding: nil, threads: 1, constants)
      need(own.pointee.share_bytes * shares) { own.pointee.scratch = $0 }
      (made.points, made.first) = (UnsafePointer(own), seg_point_convolution)
    case .matrix(let convolution):
      let own = constants.allocate(1, of: SegMatrixConvolution.self)
      own.pointee = convolution.arguments(from: source, to: between, adding: nil, threads: 1, constants)
      need(own.pointee.share_bytes * shares) { own.pointee.scratch = $0 }
      (made.matrix, made.first) = (UnsafePointer(own), seg_matrix_convolution)
    case .windows(let convolution):
      let own = constants.allocate(1, of: SegWindowConvolution.self)
      own.pointee = convolution.arguments(from: source, to: between, threads: 1, constants)
      need(own.pointee.row_bytes * shares) { own.pointee.scratch = $0 }
      (made.windows, made.first) = (UnsafePointer(own), WindowConvolution.kernel)
    case .gathered(let convolution):
      let own = constants.allocate(1, of: SegGatheredConvolution.self)
      own.pointee = convolution.arguments(from: source, to: between, adding: nil, threads: 1, constants)
      need(own.pointee.share_bytes * shares) { own.pointee.scratch = $0 }
      (made.gathered, made.first) = (UnsafePointer(own), seg_gathered_convolution)
    }
    let second = constants.allocate(1, of: SegDepthwiseConvolution.self)
    second.pointee = depthwise.arguments(from: between, to: target, constants)
    second.pointee.ring_rows = Int32(ringRows)
    (made.depthwise, made.kernel) = (UnsafePointer(second), depthwise.kernel)
    (made.chunk_rows, made.row_bytes) = (Int32(chunkRows), depthwise.input.rowByteCount)
    (made.ring_bytes, made.shares) = (ringBytes, Int32(shares))
    return made
  }
}

extension TypedShape {
  /// Bytes of a row without gaps.
  fileprivate var rowByteCount: Int { shape.width * shape.channels * format.byteCount }
}
