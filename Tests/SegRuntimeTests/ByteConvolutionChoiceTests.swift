import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Which convolutions of bytes run in the kernel of our own.
@Suite struct ByteConvolutionChoiceTests {
  private static let bytes = ElementFormat.unsigned8(scale: 0.02)

  private func convolution(
    _ height: Int, _ width: Int, from inputs: Int, to outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1, reading: ElementFormat = bytes,
    writing: ElementFormat = bytes, adding: ElementFormat? = nil, post: [PostOperation]? = nil, productsPerCycle: Double = 2
  ) -> ByteConvolution? {
    let shape = [outputs, inputs / groups, kernel, kernel]
    var convolution = Convolution(weight: Tensor(shape: shape, floats: [Float](repeating: 0.1, count: shape.reduce(1, *))))
    (convolution.stride, convolution.padding, convolution.groups) = ((stride, stride), Padding(kernel / 2), groups)
    convolution.postOperations = post ?? (adding == nil ? [] : [.add(inputIndex: 1)])
    var made = ByteConvolution(
      convolution, from: TypedShape(shape: FeatureShape(height: height, width: width, channels: inputs), format: reading),
      to: TypedShape(shape: FeatureShape(height: (height - 1) / stride + 1, width: (width - 1) / stride + 1, channels: outputs), format: writing),
      adding: adding)
    made?.productsPerCycle = productsPerCycle
    return made
  }

  @Test("output channels that fill blocks of sixteen badly")
  func wastefulChannels() {
    for (channels, side) in [(18, 128), (36, 64), (72, 32)] {
      #expect(convolution(side, 2 * side, from: channels, to: channels, kernel: 3)?.isFaster == true, "\(channels)")
      #expect(convolution(side, 2 * side, from: channels, to: channels, kernel: 3, adding: Self.bytes)?.isFaster == true, "\(channels)")
    }
    #expect(convolution(128, 256, from: 256, to: 18, kernel: 3)?.isFaster == true)
    #expect(convolution(128, 256, from: 18, to: 36, kernel: 3, stride: 2)?.isFaster == true)
    #expect(convolution(128, 256, from: 270, to: 19, kernel: 1, writing: .float32)?.isFaster == true)
    #expect(convolution(256, 512, from: 4, to: 4, kernel: 3)?.isFaster == true)
  }

  @Test("nothing that fills blocks of sixteen well, nor narrow maps, nor few products")
  func others() {
    #expect(convolution(16, 32, from: 144, to: 144, kernel: 3)?.isFaster == false)
    #expect(convolution(128, 256, from: 64, to: 64, kernel: 3)?.isFaster == false)
    #expect(convolution(128, 256, from: 270, to: 270, kernel: 1)?.isFaster == false)
    #expect(convolution(5, 5, from: 256, to: 12, kernel: 3, writing: .float32)?.isFaster == false)
    #expect(convolution(512, 1024, from: 3, to: 13, kernel: 3, stride: 2)?.isFaster == false)
  }

  @Test("where one product starts in a cycle, products that are wasted weigh more than what rearranging pixels costs")
  func halvedUnits() {
    #expect(convolution(512, 1024, from: 3, to: 13, kernel: 3, stride: 2, productsPerCycle: 1)?.isFaster == true)
    #expect(convolution(128, 256, from: 64, to: 64, kernel: 3, productsPerCycle: 1)?.isFaster == false)
  }

  @Test("few products for what lies beyond the caches")
  func farMaps() {
    #expect(convolution(128, 256, from: 64, to: 256, kernel: 1, adding: Self.bytes)?.isFaster == true)
    #expect(convolution(128, 256, from: 64, to: 256, kernel: 1)?.isFaster == false)
    #expect(convolution(96, 192, from: 64, to: 256, kernel: 1, adding: Self.bytes)?.isFaster == false)
    #expect(convolution(128, 256, from: 128, to: 256, kernel: 1, adding: Self.bytes)?.isFaster == false)
    #expect(convolution(128, 256, from: 18, to: 270, kernel: 1)?.isFaster == true)
    #expect(convolution(64, 128, from: 18, to: 270, kernel: 1)?.isFaster == false)
    #expect(convolution(128, 256, from: 36, to: 270, kernel: 1)?.isFaster == false)
  }

  /// The convolution that a transposed one of 3x3 with steps of two is: four places, of which each leaves out other weights of the window of 2x2.
  private func transposed(_ height: Int, _ width: Int, from inputs: Int, to channels: Int, isSparse: Bool = true, writing: ElementFormat = bytes)
    -> ByteConvolution?
  {
    var weights: [Float] = []
    for output in 0..<4 * channels {
      let (row, column) = (output / channels / 2, output / channels % 2)
      for _ in 0..<inputs { for tap in 0..<4 { weights.append(isSparse && (row == 1 && tap / 2 == 0 || column == 1 && tap % 2 == 0) ? 0 : 0.1) } }
    }
    var convolution = Convolution(weight: Tensor(shape: [4 * channels, inputs, 2, 2], floats: weights))
    convolution.padding = Padding(top: 0, bottom: 1, left: 0, right: 1)
    let shape = FeatureShape(height: height, width: width, channels: 4 * channels)
    var made = ByteConvolution(
      convolution, from: TypedShape(shape: FeatureShape(height: height, width: width, channels: inputs), format: Self.bytes),
      to: TypedShape(shape: shape, format: writing), adding: nil, places: writing == .float32 ? 4 : 1)
    made?.productsPerCycle = 2
    return made
  }

  @Test("windows of which channels leave out whole places")
  func zeroPlaces() {
    for (channels, side) in [(16, 128), (32, 64)] {
      #expect(transposed(side, 2 * side, from: channels, to: channels)?.isFaster == true, "\(channels)")
      #expect(transposed(side, 2 * side, from: channels, to: channels, isSparse: false)?.isFaster == false, "\(channels)")
    }
    #expect(transposed(64, 5, from: 32, to: 32)?.isFaster == false, "narrow")
  }

  @Test("labels of few classes")
  func labels() {
    for classes in [12, 20] { #expect(transposed(256, 512, from: 16, to: classes, writing: .float32)?.isFasterToLabels == true, "\(classes)") }
    #expect(transposed(256, 512, from: 16, to: 16, isSparse: false, writing: .float32)?.isFasterToLabels == true)
    #expect(transposed(256, 512, from: 256, to: 16, isSparse: false, writing: .float32)?.isFasterToLabels == false)
    #expect(transposed(256, 5, from: 64, to: 16, isSparse: false, writing: .float32)?.isFasterToLabels == false, "narrow")
  }

  @Test("what the kernel has no code for is left to the library")
  func unknown() {
    let (relu, add) = (PostOperation.activation(.relu), PostOperation.add(inputIndex: 1))
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, reading: .bfloat16) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, writing: .bfloat16) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, groups: 2) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, adding: .float32) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, writing: .float32, adding: Self.bytes) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, post: [.activation(.sigmoid)]) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, post: [relu, relu, relu]) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, adding: Self.bytes, post: [relu, relu, add]) == nil)
    #expect(convolution(8, 32, from: 18, to: 18, kernel: 3, adding: Self.bytes, post: [relu, add, relu]) != nil)
    #expect(convolution(40, 32, from: 18, to: 18, kernel: 17) == nil)
  }
}
