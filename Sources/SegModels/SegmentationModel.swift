public import SegBase
public import SegRuntime

/// A network that tells what is to be seen in a picture: a class for every pixel, or instances with their masks.
///
/// Make it on the thread that uses it and keep it there, or hand it over whole: it owns buffers that every call writes. `LoadedModel` is what travels between
/// threads.
public final class SegmentationModel {
  /// The weights, classes and sizes the model was made of.
  public let loaded: LoadedModel
  /// Whether frames between keyframes may get a pass of their own, see `withPartialScores` and `segmentPartially`.
  public let keepsFeatures: Bool
  private let threads: Int
  /// The networks for the sizes used last, the newest first.
  private var compiled: [(size: PixelSize, network: Compiled)] = []
  private var tracker = InstanceTracker()
  private static let largestCache = 2

  enum Compiled {
    case labels(CompiledNetwork)
    case instances(CompiledInstanceNetwork)
  }

  /// Makes a model that may use `threads` threads a picture, at least 1. Nothing is compiled before the first picture.
  ///
  /// With `keepsFeatures` every pass over a whole picture makes it the keyframe of the passes between keyframes, which are compiled as well.
  public init(_ loaded: LoadedModel, threads: Int, keepsFeatures: Bool = false) {
    precondition(threads > 0, "at least one thread")
    (self.loaded, self.threads, self.keepsFeatures) = (loaded, threads, keepsFeatures)
  }

  /// For people: "ENet davidtvs".
  public var name: String { loaded.name }

  /// The classes that labels and instances are indices of.
  public var classes: ClassList { loaded.classes }

  /// The size frames of that size must be resized to, by the rule of `InputSizeRule`.
  public func inputSize(for frame: PixelSize) -> PixelSize { loaded.sizeRule.size(for: frame) }

  /// Compiles the network for an input size ahead of the first picture. Throws when the size does not suit the network.
  public func prepare(for size: PixelSize) throws(InputError) { _ = try network(for: size) }

  /// Finds the class of every pixel, or the instances.
  ///
  /// - Parameters:
  ///   - image: RGB of a size `inputSize(for:)` gave.
  ///   - labels: becomes one byte a pixel. A class index for each pixel of `image`; or, where the network finds instances, 0 for none and k for `instances[k - 1]`,
  ///     of the size `shown`.
  ///   - instances: becomes the instances, the best first, with the numbers they keep from frame to frame; empty where the network gives every pixel a class.
  ///   - shown: the size at which masks of instances are wanted, at least one pixel; nil: that of `image`.
  ///   - ignoring: a class that is never chosen for a pixel.
  ///   - frames: how many frames have passed since the last call, at least 1: how far objects may have moved.
  /// - Throws: when the size does not suit the network.
  public func segment(
    _ image: borrowing PixelImage, into labels: inout PixelImage, instances: inout [DetectedInstance], shown: PixelSize? = nil, ignoring: Int? = nil,
    frames: Int = 1
  ) throws(InputError) {
    precondition(image.format == .rgb24, "a picture of three channels")
    let preprocessing = loaded.preprocessing
    switch try network(for: image.size) {
    case .labels(let network):
      instances.removeAll(keepingCapacity: true)
      labels.reshape(to: image.size, format: .gray8)
      image.withBytes { pixels in
        labels.withMutableBytes { target in network.run(fill: { preprocessing.apply(to: pixels, into: $0) }, ignoring: ignoring, into: target) }
      }
    case .instances(let network):
      image.withBytes { pixels in network.run(fill: { preprocessing.apply(to: pixels, into: $0) }, into: &instances) }
      finish(network, &instances, frames: frames, size: shown ?? image.size, into: &labels)
    }
  }

  /// Gives the instances that a network has just found their numbers, and draws their masks.
  func finish(_ network: CompiledInstanceNetwork, _ instances: inout [DetectedInstance], frames: Int, size: PixelSize, into labels: inout PixelImage) {
    tracker.track(&instances, masks: network.masks.bitmaps, frames: frames)
    network.masks.makeMap(size: size, into: &labels)
  }

  /// Begins anew with the numbers of instances: the next picture is of another scene or time.
  public func forgetTracks() { tracker.reset() }

  /// What each step of the network takes for an input of that size, in order. Throws when the size does not suit the network.
  public func profile(for size: PixelSize) throws(InputError) -> [StepProfile] {
    switch try network(for: size) {
    case .labels(let network): network.profile()
    case .instances(let network): network.profile()
    }
  }

  /// The network for an input size, which is compiled where it is not among the last two. Throws when the size does not suit the network.
  func network(for size: PixelSize) throws(InputError) -> Compiled {
    if let index = compiled.firstIndex(where: { $0.size == size }) {
      if index > 0 { compiled.insert(compiled.remove(at: index), at: 0) }
      return compiled[0].network
    }
    // Room is made first, so that two sizes' buffers are the most that is ever held.
    if compiled.count == Self.largestCache { compiled.removeLast() }
    let network: Compiled =
      loaded.findsInstances
      ? .instances(try CompiledInstanceNetwork(loaded, size: size, threads: threads, keepsFeatures: keepsFeatures))
      : .labels(try CompiledNetwork(loaded, size: size, threads: threads, keepsFeatures: keepsFeatures))
    compiled.insert((size, network), at: 0)
    return network
  }
}
