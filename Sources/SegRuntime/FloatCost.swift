import SegGraph
import SegTensor

/// Whether a convolution of floats is faster by the kernel of our own than by the inference library, on processors whose best vectors are eight floats long.
///
/// The library (oneDNN 2.6) reads pixels where they lie. Where those that it reads at one time are a multiple of some hundred bytes apart, they share few places of
/// the caches, and it takes up to four times as long; everywhere else its products are as fast as ours or faster.
struct FloatCost {
  private let inputs, outputs, taps: Int
  private let stride: (vertical: Int, horizontal: Int)
  /// The share of products whose tap lies inside the input: the library leaves out the others.
  private let inside: Double

  init(_ convolution: Convolution, from input: FeatureShape, to output: FeatureShape) {
    let kernel = Array(convolution.weight.shape[2...])
    (inputs, outputs, taps, stride) = (input.channels, output.channels, kernel[0] * kernel[1], convolution.stride)
    func share(_ count: Int, over length: Int, taps: Int, stride: Int, dilation: Int, padding: Int) -> Double {
      let places = (0..<taps).flatMap { tap in (0..<count).map { $0 * stride + tap * dilation - padding } }
      return Double(places.count { (0..<length).contains($0) }) / Double(places.count)
    }
    let (dilation, padding) = (convolution.dilation, convolution.padding)
    inside =
      share(output.height, over: input.height, taps: kernel[0], stride: stride.vertical, dilation: dilation.vertical, padding: padding.top)
      * share(output.width, over: input.width, taps: kernel[1], stride: stride.horizontal, dilation: dilation.horizontal, padding: padding.left)
  }

  /// From measured times of about 40 shapes (5x5 to 550x550 places, 3 to 2048 channels); the least share of products inside is a guess.
  var isFaster: Bool {
    let isStrided = stride != (1, 1)
    // Windows of few words cost more to copy than to multiply, and few outputs share what copying costs.
    guard inputs * taps >= 128, outputs >= 16, inside >= 0.6 else { return false }
    let pitch = inputs * MemoryLayout<Float>.stride * stride.horizontal
    // The library copies strided points of few channels itself.
    if taps == 1 { return isStrided && inputs >= 512 && pitch % 512 == 0 }
    return pitch % (isStrided ? 256 : 512) == 0 || isStrided && inputs * taps >= 512
  }
}
