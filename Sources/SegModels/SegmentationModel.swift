public import SegBase
import SegGraph
public import SegRuntime
public import SegTensor

/// A network that gives every pixel of a picture a class.
///
/// Make it on the thread that uses it and keep it there: it owns buffers that every call writes. `LoadedModel` is what travels between threads.
public final class SegmentationModel {
  /// The weights, classes and sizes the model was made of.
  public let loaded: LoadedModel
  private let threads: Int
  /// The networks for the sizes used last, the newest first.
  private var compiled: [CompiledNetwork] = []
  private static let largestCache = 2

  /// Makes a model that may use `threads` threads a picture, at least 1. Nothing is compiled before the first picture.
  public init(_ loaded: LoadedModel, threads: Int) {
    precondition(threads > 0, "at least one thread")
    (self.loaded, self.threads) = (loaded, threads)
  }

  /// For people: "ENet davidtvs".
  public var name: String { loaded.name }

  /// The classes that labels are indices of.
  public var classes: ClassList { loaded.classes }

  /// The size frames of that size must be resized to, by the rule of `InputSizeRule`.
  public func inputSize(for frame: PixelSize) -> PixelSize { loaded.sizeRule.size(for: frame) }

  /// Compiles the network for an input size ahead of the first picture. Throws when the size does not suit the network.
  public func prepare(for size: PixelSize) throws(InputError) { _ = try network(for: size) }

  /// Finds the class of every pixel.
  ///
  /// `image` is RGB of a size `inputSize(for:)` gave; `labels` becomes one byte a pixel, a class index, of the same size. Class `ignoring` is never chosen.
  /// Throws when the size does not suit the network.
  public func segment(_ image: borrowing PixelImage, into labels: inout PixelImage, ignoring: Int? = nil) throws(InputError) {
    precondition(image.format == .rgb24, "a picture of three channels")
    let network = try network(for: image.size)
    labels.reshape(to: image.size, format: .gray8)
    let preprocessing = loaded.preprocessing
    image.withBytes { pixels in
      labels.withMutableBytes { target in
        network.run(
          fill: { preprocessing.apply(to: pixels, into: $0) },
          read: { network.labelMaker.makeLabels(from: $0, ignoring: ignoring, into: target, threads: threads) })
      }
    }
  }

  /// The class scores of an input that is fed as it is: (1, 3, height, width) in, (1, classes, rows, columns) out, both float32; rows and columns are
  /// those the network gives.
  ///
  /// Throws when the shape is another or does not suit the network.
  public func logits(_ input: Tensor) throws(InputError) -> Tensor {
    guard input.shape.count == 4, input.shape[0] == 1, input.shape[1] == 3, input.count > 0 else {
      throw InputError("an input of shape \(LoadReport.shape(input.shape)) does not suit \(name)", advice: "it must be 1x3xHxW")
    }
    let size = PixelSize(width: input.shape[3], height: input.shape[2])
    if size.width > Self.largestSide || size.height > Self.largestSide { throw InputError("an input of \(size) is too large") }
    let network = try network(for: size)
    let (planes, made) = (input.floats(), network.scoreShape)
    let (pixels, classCount) = (made.height * made.width, made.channels)
    var scores = [Float](repeating: 0, count: made.count)
    network.run(
      fill: { target in Self.transpose(planes, rows: 3, columns: size.pixelCount) { target[$0] = $1 } },
      read: { source in
        for pixel in 0..<pixels { for label in 0..<classCount { scores[label * pixels + pixel] = source[pixel * classCount + label] } }
      })
    return Tensor(shape: [1, classCount, made.height, made.width], floats: scores)
  }

  /// What each step of the network takes for an input of that size, in order. Throws when the size does not suit the network.
  public func profile(for size: PixelSize) throws(InputError) -> [StepProfile] { try network(for: size).profile() }

  private static let largestSide = 16384

  /// Calls `body` with the place and value of each element of the transposed matrix.
  private static func transpose(_ matrix: [Float], rows: Int, columns: Int, _ body: (Int, Float) -> Void) {
    for row in 0..<rows { for column in 0..<columns { body(column * rows + row, matrix[row * columns + column]) } }
  }

  private func network(for size: PixelSize) throws(InputError) -> CompiledNetwork {
    if let index = compiled.firstIndex(where: { $0.size == size }) {
      if index > 0 { compiled.insert(compiled.remove(at: index), at: 0) }
      return compiled[0]
    }
    // Room is made first, so that two sizes' buffers are the most that is ever held.
    if compiled.count == Self.largestCache { compiled.removeLast() }
    compiled.insert(try CompiledNetwork(loaded, size: size, threads: threads), at: 0)
    return compiled[0]
  }
}
