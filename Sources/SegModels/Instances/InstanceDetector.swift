public import SegBase

/// Finds the instances in the outputs of a network of the YOLACT family: boxes, classes and scores, and their masks (NETWORKS.md 2.6 to 2.9).
///
/// Made once for a network and an input size. Buffers are kept and grown; nothing is allocated per frame in the steady state. Used by one thread at a time.
public final class InstanceDetector {
  /// How the outputs are laid out.
  public let layout: InstanceLayout
  /// What is kept.
  public let settings: InstanceSettings
  /// The masks of the last frame's instances, in their order.
  public let masks: InstanceMasks

  private let priors: AnchorPriors
  private let levels: [PixelSize]
  /// The first anchor of each level.
  private let levelStarts: [Int]
  private let rescoring: MaskRescoring?
  private var queue: CandidateQueue
  private let suppression: BoxSuppression
  private var found: [Found] = []

  private struct Found {
    let anchor, classIndex: Int
    var score: Float
    let corners: SIMD4<Float>
  }

  /// Makes a detector for square inputs of `inputSize` pixels, outputs of those sizes (the finest level first) and prototypes of that.
  ///
  /// `rescoring` scores masks anew where the network was trained for it. Throws when a network of that layout has more classes or anchors than are possible.
  public init(
    layout: InstanceLayout, levels: [PixelSize], inputSize: Int, prototypeSize: PixelSize, settings: InstanceSettings = InstanceSettings(),
    rescoring: MaskRescoring? = nil
  ) throws(InputError) {
    precondition((1...255).contains(settings.maximumCount) && settings.candidateCount > 0, "1 to 255 instances, some candidates")
    precondition(settings.candidateThreshold > 0 && settings.candidateThreshold < 1 && settings.scoreThreshold >= 0, "thresholds in range")
    let anchorCount = levels.reduce(0) { $0 + $1.pixelCount } * layout.anchorsPerPosition
    guard (2...256).contains(layout.classCount), (1...4096).contains(layout.coefficientCount), (1...1 << 24).contains(anchorCount) else {
      throw InputError("\(layout.classCount) classes, \(layout.coefficientCount) prototypes and \(anchorCount) anchors are not possible")
    }
    (self.layout, self.levels, self.settings, self.rescoring) = (layout, levels, settings, rescoring)
    priors = AnchorPriors(layout: layout, levels: levels, inputSize: inputSize)
    levelStarts = levels.indices.map { index in levels[..<index].reduce(0) { $0 + $1.pixelCount } * layout.anchorsPerPosition }
    masks = InstanceMasks(prototypeSize: prototypeSize, coefficientCount: layout.coefficientCount)
    queue = CandidateQueue(capacity: CandidateQueue.capacity(anchors: anchorCount, classCount: layout.classCount, settings: settings))
    suppression = BoxSuppression(classCount: layout.classCount - 1, inputSize: inputSize, settings: settings)
  }

  /// Replaces `instances` by those of a frame, the best first, and `masks` by theirs.
  public func detect(_ outputs: InstanceOutputs, into instances: inout [DetectedInstance]) {
    precondition(
      outputs.classScores.count == levels.count && outputs.boxOffsets.count == levels.count && outputs.coefficients.count == levels.count, "all levels")
    find(in: outputs)
    let count = layout.coefficientCount
    masks.assemble(prototypes: outputs.prototypes, count: found.count, corners: { found[$0].corners }) { index in
      values(of: found[index].anchor, in: outputs.coefficients, width: count)
    }
    rescore()
    instances.removeAll(keepingCapacity: true)
    for one in found { instances.append(DetectedInstance(classIndex: one.classIndex, score: one.score, box: Self.box(one.corners))) }
  }

  /// Draws the last frame's masks as indices (see `InstanceMasks.makeMap`).
  public func makeMap(size: PixelSize, into map: inout PixelImage) { masks.makeMap(size: size, into: &map) }

  /// Fills `found`, the best first.
  private func find(in outputs: InstanceOutputs) {
    queue.removeAll()
    suppression.reset()
    found.removeAll(keepingCapacity: true)
    for (level, scores) in outputs.classScores.enumerated() {
      precondition(scores.count == levels[level].pixelCount * layout.anchorsPerPosition * layout.classCount, "scores of the size that was promised")
      queue.add(scores, classCount: layout.classCount, firstAnchor: levelStarts[level], settings: settings)
    }
    while found.count < settings.maximumCount, let candidate = queue.next() {
      let corners = priors.corners(of: candidate.anchor, offsets: values(of: candidate.anchor, in: outputs.boxOffsets, width: 4))
      // Broken weights can give boxes that are no numbers.
      if !corners.sum().isFinite || !suppression.keeps(corners, classIndex: candidate.classIndex) { continue }
      found.append(Found(anchor: candidate.anchor, classIndex: candidate.classIndex, score: candidate.score, corners: corners))
    }
  }

  /// Multiplies the scores with the predicted overlaps, and sorts and sifts again.
  private func rescore() {
    guard let rescoring else { return }
    for index in found.indices { found[index].score *= rescoring.overlap(of: index, in: masks, classIndex: found[index].classIndex) }
    let order = found.indices.filter { found[$0].score > settings.scoreThreshold }.sorted { (found[$1].score, $0) < (found[$0].score, $1) }
    found = order.map { found[$0] }
    masks.reorder(order)
  }

  /// An anchor's numbers in an output that has `width` for each.
  private func values(of anchor: Int, in levels: [UnsafeBufferPointer<Float>], width: Int) -> UnsafePointer<Float> {
    var level = levelStarts.count - 1
    while levelStarts[level] > anchor { level -= 1 }
    let offset = (anchor - levelStarts[level]) * width
    guard let base = levels[level].baseAddress, offset + width <= levels[level].count else { preconditionFailure("outputs of the size that was promised") }
    return base + offset
  }

  private static func box(_ corners: SIMD4<Float>) -> InstanceBox {
    let inside = corners.clamped(lowerBound: .zero, upperBound: .one)
    return InstanceBox(x1: inside[0], y1: inside[1], x2: inside[2], y2: inside[3])
  }
}
