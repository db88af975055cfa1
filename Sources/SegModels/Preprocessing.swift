import SegRuntime

/// What is done to a picture before it goes into a network: each channel's value v (0...255) becomes (v * scale - mean) / deviation.
public struct Preprocessing: Sendable, Hashable {
  /// Multiplies the 8-bit value first: 1/255 where mean and deviation are for colours in 0...1, 1 where they are for bytes.
  public var scale: Float
  /// Subtracted after scaling, in the order of the network's channels: red, green, blue, or blue first.
  public var mean: [Float]
  /// Divides last, in the order of the network's channels.
  public var deviation: [Float]
  /// Whether the network's channels are blue, green, red, as in networks trained on pictures that OpenCV read.
  public var isBlueFirst: Bool

  /// Makes a preprocessing; mean and deviation have three values, deviations above zero.
  public init(scale: Float = 1 / 255, mean: [Float] = [0, 0, 0], deviation: [Float] = [1, 1, 1], isBlueFirst: Bool = false) {
    precondition(mean.count == 3 && deviation.count == 3 && deviation.allSatisfy { $0 > 0 }, "three channels")
    (self.scale, self.mean, self.deviation, self.isBlueFirst) = (scale, mean, deviation, isBlueFirst)
  }

  /// Values from 0 to 1.
  public static let unit = Preprocessing()
  /// The mean and deviation of ImageNet's pictures.
  public static let imageNet = Preprocessing(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  /// Values from -1 to 1.
  public static let symmetric = Preprocessing(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])

  /// The preprocessing a checkpoint's metadata names: "rgb/255", "imagenet" or "symmetric"; nil for other names.
  public init?(named name: String) {
    switch name {
    case "rgb/255": self = .unit
    case "imagenet": self = .imageNet
    case "symmetric": self = .symmetric
    default: return nil
    }
  }

  /// Converts a picture's RGB bytes to floats in the order row, column, channel of the network: one multiplication and one addition each.
  package func apply(to pixels: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(pixels.count == target.count && pixels.count.isMultiple(of: 3), "three floats a pixel")
    if pixels.isEmpty { return }
    // The runtime's function divides by 255 first: mean and deviation are brought to that scale.
    let unit = 255 * scale
    let normalization = PictureNormalization(mean: mean.map { $0 / unit }, deviation: deviation.map { $0 / unit }, swapsRedAndBlue: isBlueFirst)
    normalization.apply(to: UnsafeRawBufferPointer(pixels), rowBytes: pixels.count, height: 1, width: pixels.count / 3, into: target)
  }
}
