public import SegBase
public import SegGraph
public import SegRuntime

/// Class scores instead of labels, for networks that give every pixel a class: what is fused and warped from frame to frame.
extension SegmentationModel {
  /// Rows, columns and classes of the scores of a picture of that size: the network's own resolution, before a resize at its end.
  ///
  /// Throws when the size does not suit the network, or the network finds instances.
  public func scoreShape(for size: PixelSize) throws(InputError) -> FeatureShape { try labelNetwork(for: size).scoreShape }

  /// Runs the network on a picture (RGB, of a size `inputSize(for:)` gave) and lends `body` the scores: row, column, class, as `scoreShape(for:)` says.
  ///
  /// The buffer is the network's own and valid within `body` only. Throws when the size does not suit the network, or the network finds instances.
  public func withScores<Result>(of image: borrowing PixelImage, _ body: (UnsafeBufferPointer<Float>) -> Result) throws(InputError) -> Result {
    precondition(image.format == .rgb24, "a picture of three channels")
    let network = try labelNetwork(for: image.size)
    let preprocessing = loaded.preprocessing
    return image.withBytes { pixels in network.run(fill: { preprocessing.apply(to: pixels, into: $0) }, body) }
  }

  /// Makes `labels` (gray8, of that size) from scores of `scoreShape(for: size)`, interpolating where the network ends with a resize; the class `ignoring` is
  /// never chosen. What `withScores` lends gives exactly the labels of `segment`.
  public func makeLabels(
    from scores: UnsafeBufferPointer<Float>, size: PixelSize, ignoring: Int? = nil, into labels: inout PixelImage
  ) throws(InputError) {
    let network = try labelNetwork(for: size)
    labels.reshape(to: size, format: .gray8)
    labels.withMutableBytes { network.makeLabels(from: scores, ignoring: ignoring, into: $0) }
  }

  /// A maker of labels of that size from scores of `scoreShape(for: size)`, for use by another thread.
  ///
  /// Throws when the size does not suit the network, or the network finds instances.
  public func labelMaker(for size: PixelSize) throws(InputError) -> LabelMaker { try labelNetwork(for: size).newLabelMaker() }

  func labelNetwork(for size: PixelSize) throws(InputError) -> CompiledNetwork {
    guard case .labels(let network) = try network(for: size) else { throw InputError("\(name) finds instances and has no class scores for every pixel") }
    return network
  }
}
