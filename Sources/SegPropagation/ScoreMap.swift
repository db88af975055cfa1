internal import CSegKernels
internal import SegBase
internal import SegGraph

/// A buffer of class scores (row, column, class) that is kept when it is given another shape that fits in it.
struct ScoreMap: ~Copyable {
  /// Rows, columns and classes.
  private(set) var shape = FeatureShape(height: 0, width: 0, channels: 0)
  private var storage: UnsafeMutablePointer<Float>
  private var capacity = 16

  /// The classes with the greatest scores (gray8), where somebody made them; empty otherwise.
  var labels = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  /// What neighbouring pixels' labels have in common (gray8, see `seg_common_labels`), where somebody made it; empty otherwise.
  var commonLabels = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)

  init() { storage = ScoreMap.allocate(capacity) }

  deinit { UnsafeMutableRawPointer(storage).deallocate() }

  /// Gives the map another shape; its scores are undefined afterwards, and it has no labels.
  mutating func reshape(to shape: FeatureShape) {
    if shape.count > capacity {
      UnsafeMutableRawPointer(storage).deallocate()
      capacity = shape.count
      storage = ScoreMap.allocate(capacity)
    }
    self.shape = shape
    labels.reshape(to: PixelSize(width: 0, height: 0), format: .gray8)
    commonLabels.reshape(to: PixelSize(width: 0, height: 0), format: .gray8)
  }

  /// The scores; valid until the next `reshape`.
  var scores: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: storage, count: shape.count) }

  /// Calls `body` with the scores for writing.
  mutating func withMutableScores(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    body(UnsafeMutableBufferPointer(start: storage, count: shape.count))
  }

  /// Becomes a copy of scores of that shape.
  mutating func copyScores(_ scores: UnsafeBufferPointer<Float>, shape: FeatureShape) {
    precondition(scores.count == shape.count, "scores fill their shape")
    reshape(to: shape)
    if let start = scores.baseAddress { storage.update(from: start, count: shape.count) }
  }

  /// The map as the kernels take it.
  var map: SegMap { ScoreMap.map(of: storage, shape: shape) }

  /// Scores of somebody else as the kernels take them; they are only read.
  static func map(of scores: UnsafeBufferPointer<Float>, shape: FeatureShape) -> SegMap {
    precondition(scores.count == shape.count, "scores fill their shape")
    return map(of: UnsafeMutablePointer(mutating: scores.baseAddress), shape: shape)
  }

  private static func map(of start: UnsafeMutablePointer<Float>?, shape: FeatureShape) -> SegMap {
    SegMap(data: start, height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels), pixel_stride: Int32(shape.channels))
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let start = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64).bindMemory(to: Float.self, capacity: count)
    start.initialize(repeating: 0, count: count)
    return start
  }
}

extension ScoreMap: @unchecked Sendable {
  // Safe: the buffer has one owner, which moves with the map.
}
