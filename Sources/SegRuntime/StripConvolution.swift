import SegBase
import SegGraph
import SegTensor

/// A convolution by the inference library whose output is made a strip of rows at a time, each where the one before was: what reads a strip at once finds it in
/// the processor's cache, and the whole output is never in memory.
final class StripConvolution: StripMaker {
  let shape: FeatureShape
  let name: String
  let gigaOperations: Double
  let precision: Precision

  private let strips: [Strip]
  private let output: UnsafeMutablePointer<Float>
  private let scratch: UnsafeMutableRawPointer

  private struct Strip {
    /// Rows of the output.
    let rows: Range<Int>
    /// Bytes from the input's start to the first row that is read.
    let offset: Int
    let primitive: ConvolutionPrimitive
  }

  /// How a strip reads the input; strips that read alike share a primitive.
  private struct Reading: Hashable {
    let rows, inputRows, paddingTop: Int
  }

  /// Bytes of a strip, or of a row where that has more: half of what a core's own cache holds today, so that what else is read and written has room there.
  static let byteCount = 512 << 10

  /// Prepares the strips of `last`, which reads a map like `input`; nil where the library has no fast code for one of them, Winograd's tiles are faster for the
  /// whole, or a strip reads nothing but padding.
  ///
  /// Throws what the library cannot do.
  init?(_ engine: Engine, _ last: FinalConvolution, from input: TypedShape, _ constants: ConstantStore) throws(InputError) {
    guard case .convolution(var convolution) = last.node.operation else { preconditionFailure("a convolution is at the end") }
    if last.isFasterInTiles(from: input) { return nil }
    let (made, padding, step) = (last.made, convolution.padding.top, convolution.stride.vertical)
    let reach = (convolution.weight.shape[2] - 1) * convolution.dilation.vertical + 1
    let inputRow = input.shape.width * input.shape.channels * input.format.byteCount
    let height = max(1, min(made.height, Self.byteCount / (made.width * made.channels * MemoryLayout<Float>.size)))
    var strips: [Strip] = []
    var primitives: [Reading: ConvolutionPrimitive] = [:]
    for first in stride(from: 0, to: made.height, by: height) {
      let rows = first..<min(first + height, made.height)
      let (begin, end) = (rows.lowerBound * step - padding, (rows.upperBound - 1) * step - padding + reach)
      let (top, bottom) = (max(begin, 0), min(end, input.shape.height))
      if top >= bottom { return nil }
      let reading = Reading(rows: rows.count, inputRows: bottom - top, paddingTop: top - begin)
      if primitives[reading] == nil {
        var (source, target) = (input, TypedShape(shape: made, format: .float32))
        (source.shape.height, target.shape.height, convolution.padding.top) = (reading.inputRows, reading.rows, reading.paddingTop)
        primitives[reading] = try ConvolutionPrimitive(engine, convolution, from: source, to: target, post: [], name: last.node.name)
      }
      guard let primitive = primitives[reading], !primitive.isSlow else { return nil }
      strips.append(Strip(rows: rows, offset: top * inputRow, primitive: primitive))
    }
    (self.strips, shape, name, precision) = (strips, last.output, last.node.name, input.format.precision)
    gigaOperations = 2e-9 * Double(made.count * convolution.weight.shape[1...].reduce(1, *))
    output = constants.allocate(height * made.width * made.channels, of: Float.self)
    scratch = UnsafeMutableRawPointer(constants.allocate(strips.map(\.primitive.scratchByteCount).max() ?? 0, of: UInt8.self))
  }

  /// The library's name for the code of most of the strips.
  var implementation: String { strips[strips.count / 2].primitive.implementation }

  /// Bytes of the packed weights, which each kind of strip has of its own.
  var weightByteCount: Int {
    var seen: Set<ObjectIdentifier> = []
    return strips.reduce(0) { $0 + (seen.insert(ObjectIdentifier($1.primitive)).inserted ? $1.primitive.weightByteCount : 0) }
  }

  func run(from input: UnsafeMutableRawPointer, _ body: (Range<Int>, UnsafeBufferPointer<Float>) -> Void) {
    let rowCount = shape.width * shape.channels
    for strip in strips {
      strip.primitive.bind(input: input + strip.offset, output: output, added: nil, scratch: scratch)
      strip.primitive.run()
      body(strip.rows, UnsafeBufferPointer(start: output, count: strip.rows.count * rowCount))
    }
  }
}
