internal import CSegKernels
internal import SegBase
internal import SegGraph
internal import SegMotion

/// Samples maps of class scores along flow and blends them. One thread at a time.
final class ScoreBlender {
  private var firstGrid = FlowGrid()
  private var secondGrid = FlowGrid()
  private var columns: [Int32] = []
  private var columnSizes = (0, 0)
  private let threads: Int32

  init(threads: Int) { self.threads = Int32(threads) }

  /// `output` becomes `scores` sampled along `flow`, which may be of another size.
  func warp(_ scores: borrowing ScoreMap, along flow: borrowing FlowField, into output: inout ScoreMap) {
    withWarp(scores, along: flow) { blend(&$0, scores.shape, into: &output) }
  }

  /// `labels` (gray8, of the size of the scores) become the classes with the greatest scores of `scores` sampled along `flow`.
  func label(_ scores: borrowing ScoreMap, along flow: borrowing FlowField, ignoring: Int?, into labels: inout PixelImage) {
    withWarp(scores, along: flow) { work in
      scores.withCommonLabels { known in makeLabels(&work, scores.size, ignoring: ignoring, knowing: (known, nil), into: &labels) }
    }
  }

  /// `labels` (gray8, of the size of the scores) become the classes with the greatest scores. The scores keep them too: `ignoring` must not change.
  func label(_ scores: inout ScoreMap, ignoring: Int?, into labels: inout PixelImage) {
    if scores.labels.size != scores.size {
      var work = SegScoreBlend()
      work.first = scores.map
      keepLabels(of: &scores, &work, ignoring)
    }
    labels.copyPixels(of: scores.labels)
  }

  /// `scores` become a copy of `fresh`, of that shape, and keep their labels where they are of the picture's size.
  func keep(_ fresh: UnsafeBufferPointer<Float>, shape: FeatureShape, size: PixelSize, ignoring: Int?, into scores: inout ScoreMap) {
    guard size == PixelSize(width: shape.width, height: shape.height) else { return scores.copyScores(fresh, shape: shape) }
    scores.reshape(to: shape)
    var work = SegScoreBlend()
    (work.first, work.output) = (ScoreMap.map(of: fresh, shape: shape), scores.map)
    keepLabels(of: &scores, &work, ignoring)
  }

  /// `output` becomes (1 - share) * `early` along `earlyFlow` + share * `late` along `lateFlow`. The maps have one shape.
  func blend(
    _ early: borrowing ScoreMap, along earlyFlow: borrowing FlowField, _ late: borrowing ScoreMap, along lateFlow: borrowing FlowField, share: Float,
    into output: inout ScoreMap
  ) {
    withBlend(early, along: earlyFlow, late, along: lateFlow, share: share) { blend(&$0, early.shape, into: &output) }
  }

  /// `labels` (gray8, of the size of the scores) become the classes with the greatest scores of such a blend.
  func label(
    _ early: borrowing ScoreMap, along earlyFlow: borrowing FlowField, _ late: borrowing ScoreMap, along lateFlow: borrowing FlowField, share: Float,
    ignoring: Int?, into labels: inout PixelImage
  ) {
    withBlend(early, along: earlyFlow, late, along: lateFlow, share: share) { work in
      early.withCommonLabels { first in
        late.withCommonLabels { second in makeLabels(&work, early.size, ignoring: ignoring, knowing: (first, second), into: &labels) }
      }
    }
  }

  /// `output` becomes freshShare * `fresh` + (1 - freshShare) * `old` along `flow` where `mask` (gray8, any size) is not zero, and `fresh` elsewhere.
  /// It keeps its labels.
  func fuse(
    _ fresh: UnsafeBufferPointer<Float>, with old: borrowing ScoreMap, along flow: borrowing FlowField, where mask: borrowing PixelImage, freshShare: Float,
    ignoring: Int?, into output: inout ScoreMap
  ) {
    prepareColumns(old.shape.width, of: mask.size.width)
    output.reshape(to: old.shape)
    withWarp(old, along: flow) { work in
      (work.second, work.second_flow) = (work.first, work.first_flow)
      (work.first, work.first_flow, work.share) = (ScoreMap.map(of: fresh, shape: old.shape), nil, 1 - freshShare)
      (work.output, work.mask_width, work.mask_height) = (output.map, Int32(mask.size.width), Int32(mask.size.height))
      mask.withBytes { mask in
        columns.withUnsafeBufferPointer { columns in
          (work.mask, work.mask_columns) = (mask.baseAddress, columns.baseAddress)
          keepLabels(of: &output, &work, ignoring)
        }
      }
    }
  }

  private func withWarp(_ scores: borrowing ScoreMap, along flow: borrowing FlowField, _ body: (inout SegScoreBlend) -> Void) {
    var work = SegScoreBlend()
    work.first = scores.map
    firstGrid.withView(of: flow, at: scores.size) { view in
      work.first_flow = view
      body(&work)
    }
  }

  private func withBlend(
    _ early: borrowing ScoreMap, along earlyFlow: borrowing FlowField, _ late: borrowing ScoreMap, along lateFlow: borrowing FlowField, share: Float,
    _ body: (inout SegScoreBlend) -> Void
  ) {
    precondition(early.shape == late.shape, "maps of one shape")
    let lateMap = late.map
    secondGrid.withView(of: lateFlow, at: late.size) { view in
      withWarp(early, along: earlyFlow) { work in
        (work.second, work.second_flow, work.share) = (lateMap, view, share)
        body(&work)
      }
    }
  }

  private func blend(_ work: inout SegScoreBlend, _ shape: FeatureShape, into output: inout ScoreMap) {
    output.reshape(to: shape)
    work.output = output.map
    seg_run_rows(seg_scores_blend, &work, work.output.height, threads)
  }

  private func makeLabels(
    _ work: inout SegScoreBlend, _ size: PixelSize, ignoring: Int?, knowing known: (first: UnsafePointer<UInt8>?, second: UnsafePointer<UInt8>?) = (nil, nil),
    into labels: inout PixelImage
  ) {
    labels.reshape(to: size, format: .gray8)
    labels.withMutableBytes { target in
      var arguments = SegScoreLabels(
        blend: work, labels: target.baseAddress, ignored: Int32(ignoring ?? -1), first_common: known.first, second_common: known.second)
      seg_run_rows(seg_scores_label, &arguments, work.first.height, threads)
    }
  }

  private func keepLabels(of scores: inout ScoreMap, _ work: inout SegScoreBlend, _ ignoring: Int?) {
    let size = scores.size
    makeLabels(&work, size, ignoring: ignoring, into: &scores.labels)
    scores.commonLabels.reshape(to: size, format: .gray8)
    scores.labels.withBytes { labels in
      scores.commonLabels.withMutableBytes { seg_common_labels(labels.baseAddress, Int32(size.width), Int32(size.height), $0.baseAddress) }
    }
  }

  private func prepareColumns(_ width: Int, of maskWidth: Int) {
    if columnSizes == (width, maskWidth) { return }
    columnSizes = (width, maskWidth)
    columns = (0..<width).map { Int32((2 * $0 + 1) * maskWidth / (2 * width)) }
  }
}

extension ScoreMap {
  /// Calls `body` with the common labels, or nil where nobody made them.
  borrowing func withCommonLabels(_ body: (UnsafePointer<UInt8>?) -> Void) {
    commonLabels.withBytes { body(commonLabels.size == size ? $0.baseAddress : nil) }
  }

  /// Width and height.
  var size: PixelSize { PixelSize(width: shape.width, height: shape.height) }
}
