import CSegKernels
public import SegGraph

/// Turns class scores into labels: the class with the greatest score at each place, the first of equal ones.
///
/// Made once for a size of scores and a size of labels; making labels allocates nothing. One thread at a time.
public final class LabelMaker {
  /// Shape of the scores; channels are classes, at most 256.
  public let scores: FeatureShape
  /// Rows and columns of the labels.
  public let height, width: Int

  private let constants = ConstantStore()
  private let rows: UnsafeMutablePointer<SegTap>?
  private let columns: UnsafeMutablePointer<SegTap>?

  /// Labels of the scores' own size.
  public init(scores: FeatureShape) {
    precondition((1...256).contains(scores.channels), "1 to 256 classes")
    (self.scores, height, width, rows, columns) = (scores, scores.height, scores.width, nil, nil)
  }

  /// Labels of `height` x `width`: scores are interpolated bilinearly first (as PyTorch does with or without `alignCorners`), a row at a time, without a
  /// tensor of that size.
  public init(scores: FeatureShape, height: Int, width: Int, alignCorners: Bool) {
    precondition((1...256).contains(scores.channels) && height > 0 && width > 0, "1 to 256 classes, a size above zero")
    (self.scores, self.height, self.width) = (scores, height, width)
    let rows = constants.allocate(height, of: SegTap.self)
    let columns = constants.allocate(width, of: SegTap.self)
    seg_resize_taps(rows, Int32(height), Int32(scores.height), alignCorners ? 1 : 0)
    seg_resize_taps(columns, Int32(width), Int32(scores.width), alignCorners ? 1 : 0)
    (self.rows, self.columns) = (rows, columns)
  }

  /// Writes height x width labels. `values` are the scores, height x width x classes; a class `ignoring` takes no part.
  public func makeLabels(from values: UnsafeBufferPointer<Float>, ignoring: Int? = nil, into labels: UnsafeMutableBufferPointer<UInt8>, threads: Int = 1) {
    precondition(values.count == scores.count && labels.count == height * width, "buffers fill their shapes")
    var arguments = SegLabels()
    arguments.scores = SegMap(
      data: UnsafeMutablePointer(mutating: values.baseAddress), height: Int32(scores.height), width: Int32(scores.width), channels: Int32(scores.channels),
      pixel_stride: Int32(scores.channels))
    (arguments.labels, arguments.height, arguments.width) = (labels.baseAddress, Int32(height), Int32(width))
    arguments.ignored = Int32(ignoring ?? -1)
    (arguments.rows, arguments.columns) = (UnsafePointer(rows), UnsafePointer(columns))
    seg_run_rows(seg_labels, &arguments, arguments.height, Int32(threads))
  }
}
