import COneDNN
import SegBase
import SegGraph
import SegTensor

/// The inference library's engine and stream.
final class Engine {
  let handle: OpaquePointer

  init() throws(InputError) {
    var made: OpaquePointer?
    var text = SegErrorText()
    guard seg_engine_create(&made, &text) == 0, let made else { throw InputError(text.message) }
    handle = made
  }

  deinit { seg_engine_destroy(handle) }
}

/// A convolution of the inference library for fixed shapes, with its weights packed.
final class ConvolutionPrimitive {
  private let engine: Engine
  private let handle: OpaquePointer

  /// Makes the primitive for a convolution from `input` to `output`, which may be in other formats. `post` are the post-operations in the library's form.
  init(_ engine: Engine, _ convolution: Convolution, from input: TypedShape, to output: TypedShape, post: [LibraryPostOperation], name: String)
    throws(InputError)
  {
    self.engine = engine
    var shape = SegConvolutionShape(convolution, from: input, to: output)
    let sums = ConvolutionSums(convolution, from: input.format, in: post.unit(of: output.format))
    var made: OpaquePointer?
    var text = SegErrorText()
    let status = Self.withPointers(post.map(\.slopes)) { pointers in
      let operations = zip(post, pointers).map { SegPostOperation(kind: $0.kind, alpha: $0.alpha, beta: $0.beta, slopes: $1, format: $0.format) }
      return sums.weights.withBytes { weights in
        seg_convolution_create(
          engine.handle, &shape, operations, Int32(operations.count), weights, sums.scales.isEmpty ? nil : sums.scales, sums.bias, &made, &text)
      }
    }
    guard status == 0, let made else { throw InputError(text.message, subject: name) }
    handle = made
  }

  deinit { seg_convolution_destroy(handle) }

  var scratchByteCount: Int { seg_convolution_scratch_bytes(handle) }
  var weightByteCount: Int { seg_convolution_weight_bytes(handle) }

  /// The library's name for the code that runs.
  var implementation: String { String(cString: seg_convolution_implementation(handle)) }

  /// Whether the library has only its slow general code for this.
  var isSlow: Bool { implementation.hasPrefix("ref") }

  /// Sets the memory that runs read and write.
  func bind(input: UnsafeMutableRawPointer, output: UnsafeMutableRawPointer, added: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer) {
    var text = SegErrorText()
    let status = seg_convolution_bind(handle, input, output, added, scratch, &text)
    precondition(status == 0, "memory fits the primitive")
  }

  /// Runs with the bound memory.
  func run() {
    var text = SegErrorText()
    let status = seg_convolution_run(engine.handle, handle, &text)
    precondition(status == 0, "a primitive that was made runs")
  }

  /// Calls `body` with a pointer for each array, nil for an empty one.
  private static func withPointers<Result>(_ arrays: [[Float]], _ body: ([UnsafePointer<Float>?]) -> Result) -> Result {
    let starts = arrays.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    return arrays.flatMap { $0 }.withUnsafeBufferPointer { buffer in
      body(arrays.indices.map { index in arrays[index].isEmpty ? nil : buffer.baseAddress.map { $0 + starts[index] } })
    }
  }
}

extension SegConvolutionShape {
  fileprivate init(_ convolution: Convolution, from source: TypedShape, to target: TypedShape) {
    let (input, output) = (source.shape, target.shape)
    let (stride, dilation, padding, kernel) = (convolution.stride, convolution.dilation, convolution.padding, convolution.weight.shape)
    self.init()
    groups = Int32(convolution.groups)
    (input_height, input_width, input_channels) = (Int64(input.height), Int64(input.width), Int64(input.channels))
    (output_height, output_width, output_channels) = (Int64(output.height), Int64(output.width), Int64(output.channels))
    (kernel_height, kernel_width) = (Int64(kernel[2]), Int64(kernel[3]))
    (stride_vertical, stride_horizontal) = (Int64(stride.vertical), Int64(stride.horizontal))
    (dilation_vertical, dilation_horizontal) = (Int64(dilation.vertical), Int64(dilation.horizontal))
    (input_pixel_stride, output_pixel_stride) = (input_channels, output_channels)
    (input_format, output_format) = (source.format.libraryFormat, target.format.libraryFormat)
    (padding_top, padding_left) = (Int64(padding.top), Int64(padding.left))
    // The library wants the padding that the output really reaches into, which is less where a window does not fit.
    padding_bottom = (output_height - 1) * stride_vertical + (kernel_height - 1) * dilation_vertical + 1 - input_height - padding_top
    padding_right = (output_width - 1) * stride_horizontal + (kernel_width - 1) * dilation_horizontal + 1 - input_width - padding_left
  }
}

extension SegErrorText {
  /// The text as a string.
  var message: String {
    withUnsafeBytes(of: text) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
