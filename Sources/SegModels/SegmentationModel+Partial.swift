public import SegBase

/// Passes between keyframes: the shallow stage and the head on the picture, deep features carried over from the last whole picture of that size.
///
/// For models made with `keepsFeatures`, of networks that have such a pass (`LoadedModel.partialPass`). Features that a network does not move itself are given
/// to `carry`, which writes what the picture gets in their place; nothing is allocated from the second pass on.
extension SegmentationModel {
  /// Like `withScores`, by a partial pass.
  ///
  /// Throws when the size does not suit the network, the network finds instances or has no partial pass, and when no whole picture of that size came before.
  public func withPartialScores<Result>(
    of image: borrowing PixelImage, carrying carry: FeatureCarrier, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) throws(InputError) -> Result {
    precondition(image.format == .rgb24, "a picture of three channels")
    let network = try labelNetwork(for: image.size)
    let preprocessing = loaded.preprocessing
    let result = image.withBytes { pixels in network.runPartial(fill: { preprocessing.apply(to: pixels, into: $0) }, carry: carry, body) }
    guard let result else { throw noPartialPass }
    return result
  }

  /// Like `segment`, by a partial pass, for networks that find instances.
  ///
  /// Throws when the size does not suit the network, the network gives every pixel a class or has no partial pass, and when no whole picture of that size came
  /// before.
  public func segmentPartially(
    _ image: borrowing PixelImage, carrying carry: FeatureCarrier, into labels: inout PixelImage, instances: inout [DetectedInstance],
    shown: PixelSize? = nil, frames: Int = 1
  ) throws(InputError) {
    precondition(image.format == .rgb24, "a picture of three channels")
    guard case .instances(let network) = try network(for: image.size) else { throw InputError("\(name) gives every pixel a class and finds no instances") }
    let preprocessing = loaded.preprocessing
    let isDone = image.withBytes { pixels in
      network.runPartial(fill: { preprocessing.apply(to: pixels, into: $0) }, carry: carry, into: &instances)
    }
    if !isDone { throw noPartialPass }
    finish(network, &instances, frames: frames, size: shown ?? image.size, into: &labels)
  }

  private var noPartialPass: InputError { InputError("\(name) has no pass for frames between keyframes, or none came before") }
}
