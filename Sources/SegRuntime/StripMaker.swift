import SegGraph
import SegTensor

/// What makes a network's output a strip of rows at a time, each where the one before was.
protocol StripMaker: AnyObject {
  /// Shape of the whole output.
  var shape: FeatureShape { get }
  /// The node's name.
  var name: String { get }
  /// 10⁹ floating-point operations of the whole, two for each multiply-add.
  var gigaOperations: Double { get }
  var precision: Precision { get }
  /// The name of the code that makes most of the strips.
  var implementation: String { get }
  /// Bytes of packed weights that are not among the executable's constants.
  var weightByteCount: Int { get }

  /// Makes each strip, from the top, of the map at `input`, and lends it to `body` with the rows it is: width x channels floats a row.
  func run(from input: UnsafeMutableRawPointer, _ body: (Range<Int>, UnsafeBufferPointer<Float>) -> Void)

  /// Writes the labels that `maker` would make of the strips, without them; false where that cannot be done, and nothing is written then.
  func makeLabels(from input: UnsafeMutableRawPointer, _ maker: LabelMaker, ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) -> Bool
}

extension StripMaker {
  func makeLabels(from input: UnsafeMutableRawPointer, _ maker: LabelMaker, ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) -> Bool { false }
}

extension FinalConvolution {
  /// Whether Winograd's tiles make the whole of it, from a map like `input`, faster than strips.
  func isFasterInTiles(from input: TypedShape) -> Bool {
    guard case .convolution(let convolution) = node.operation else { preconditionFailure("a convolution is at the end") }
    return WinogradConvolution(convolution, from: input, to: TypedShape(shape: made, format: .float32)) != nil
      && WinogradConvolution.isFaster(convolution, from: input.shape, to: made)
  }
}
