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
  private var arguments = SegLabels()

  /// Labels of the scores' own size.
  public convenience init(scores: FeatureShape) { self.init(scores, scores.height, scores.width) }

  /// Labels of `height` x `width`: scores are interpolated bilinearly first (as PyTorch does with or without `alignCorners`), a row at a time, without a
  /// tensor of that size, and only where the four scores around a place have different labels.
  public convenience init(scores: FeatureShape, height: Int, width: Int, alignCorners: Bool) {
    self.init(scores, height, width)
    let rows = constants.allocate(height, of: SegTap.self)
    let columns = constants.allocate(width, of: SegTap.self)
    seg_resize_taps(rows, Int32(height), Int32(scores.height), alignCorners ? 1 : 0)
    seg_resize_taps(columns, Int32(width), Int32(scores.width), alignCorners ? 1 : 0)
    (arguments.rows, arguments.columns) = (UnsafePointer(rows), UnsafePointer(columns))
    // Looking at the corners first pays where there are fewer of them than places.
    if height * width >= 2 * scores.height * scores.width { arguments.corners = constants.allocate(scores.height * scores.width, of: Int16.self) }
  }

  /// Labels of a map of blocks that lie as the input of `interleave` does, which has no activation.
  public convenience init(blocks: FeatureShape, interleave: Interleave) {
    precondition(interleave.activation == nil, "scores end with a convolution")
    self.init(blocks, interleave.height, interleave.width)
    arguments.block = Int32(interleave.block)
    (arguments.top, arguments.left) = (Int32(interleave.offset.vertical), Int32(interleave.offset.horizontal))
  }

  private init(_ scores: FeatureShape, _ height: Int, _ width: Int) {
    precondition((1...256).contains(scores.channels) && height > 0 && width > 0, "1 to 256 classes, a size above zero")
    (self.scores, self.height, self.width) = (scores, height, width)
    (arguments.height, arguments.width, arguments.block) = (Int32(height), Int32(width), 1)
  }

  /// Writes height x width labels. `values` are the scores, height x width x classes; a class `ignoring` takes no part.
  public func makeLabels(from values: UnsafeBufferPointer<Float>, ignoring: Int? = nil, into labels: UnsafeMutableBufferPointer<UInt8>, threads: Int = 1) {
    makeLabels(from: values, rows: 0..<scores.height, ignoring: ignoring, into: labels, threads: threads)
  }

  /// Writes those of the height x width labels that come of some rows of the scores. `values` are these rows; labels that are interpolated take all.
  public func makeLabels(
    from values: UnsafeBufferPointer<Float>, rows: Range<Int>, ignoring: Int? = nil, into labels: UnsafeMutableBufferPointer<UInt8>, threads: Int = 1
  ) {
    precondition(rows == 0..<scores.height || arguments.rows == nil && rows.clamped(to: 0..<scores.height) == rows, "rows of the scores")
    precondition(values.count == rows.count * scores.width * scores.channels && labels.count == height * width, "buffers fill their shapes")
    var work = arguments
    work.scores = SegMap(
      data: UnsafeMutablePointer(mutating: values.baseAddress), height: Int32(rows.count), width: Int32(scores.width), channels: Int32(scores.channels),
      pixel_stride: Int32(scores.channels))
    work.ignored = Int32(ignoring ?? -1)
    if arguments.rows != nil {
      work.labels = labels.baseAddress
      if work.corners != nil { seg_run_rows(seg_corner_labels, &work, Int32(scores.height), Int32(threads)) }
    } else {
      let (block, top) = (Int(arguments.block), Int(arguments.top))
      let made = max(0, rows.lowerBound * block - top)..<min(height, rows.upperBound * block - top)
      work.top = Int32(made.lowerBound + top - rows.lowerBound * block)
      work.height = Int32(made.count)
      work.labels = labels.baseAddress.map { $0 + made.lowerBound * width }
    }
    let kernel: SegRowKernel = if work.rows == nil { seg_labels } else { seg_enlarged_labels }
    seg_run_rows(kernel, &work, work.height, Int32(threads))
  }

  /// The labels in the form of the kernel that makes them without scores in memory; nil where scores are interpolated.
  func placeLabels(ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) -> SegPlaceLabels? {
    precondition(labels.count == height * width, "buffers fill their shapes")
    if arguments.rows != nil { return nil }
    return SegPlaceLabels(
      labels: labels.baseAddress, height: arguments.height, width: arguments.width, classes: Int32(scores.channels), ignored: Int32(ignoring ?? -1),
      block: arguments.block, top: arguments.top, left: arguments.left)
  }
}
