import SegGraph

/// What the time of a 3x3 convolution of stride 1 depends on.
struct TiledShape {
  /// Places of the output times taps that lie inside the input.
  let taps: Int
  /// 4x4 tiles of the output.
  let tiles: Int
  /// Channels.
  let inputs, outputs: Int

  init(_ convolution: Convolution, from input: FeatureShape, to output: FeatureShape) {
    func taps(_ count: Int, over length: Int, dilation: Int, padding: Int) -> Int {
      (0..<3).reduce(0) { sum, tap in
        let offset = tap * dilation - padding
        return sum + max(0, min(count, length - offset) - max(0, -offset))
      }
    }
    let (dilation, padding) = (convolution.dilation, convolution.padding)
    self.taps =
      taps(output.height, over: input.height, dilation: dilation.vertical, padding: padding.top)
      * taps(output.width, over: input.width, dilation: dilation.horizontal, padding: padding.left)
    tiles = WinogradTiling(height: output.height, width: output.width, dilation: dilation).count
    (inputs, outputs) = (input.channels, output.channels)
  }

  /// Vectors of sixteen that the output's channels take.
  var outputVectors: Int { outputs.dividedUp(by: 16) }
}
