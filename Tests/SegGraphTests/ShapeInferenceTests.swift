import SegGraph
import SegTensor
import Testing

@Suite struct ShapeInferenceTests {
  private func size(_ operation: Operation, _ length: Int, channels: Int = 1) throws -> Int {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: length, width: length, channels: channels))
    let output = try builder.add(operation, name: "node", inputs: [input])
    let shape = builder.shape(of: output)
    #expect(shape.height == shape.width)
    return shape.height
  }

  @Test(arguments: [
    (275, 3, 2, 1, false, 138), (7, 2, 2, 0, false, 3), (7, 2, 2, 0, true, 4), (5, 3, 2, 1, true, 3), (1, 2, 2, 0, true, 1), (4, 2, 3, 1, true, 2),
    (6, 3, 4, 1, true, 2),
  ])
  func poolsCountWindowsAsPyTorchDoes(length: Int, kernel: Int, stride: Int, padding: Int, ceilMode: Bool, expected: Int) throws {
    let window = PoolingWindow(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
    #expect(try size(.maxPool(window, keepsIndices: false), length) == expected)
  }

  @Test(arguments: [(9, 3, 2, 1, 5), (8, 3, 2, 1, 4), (8, 2, 2, 0, 4), (33, 5, 1, 2, 33)])
  func convolutionsFloor(length: Int, kernel: Int, stride: Int, padding: Int, expected: Int) throws {
    var convolution = SampleLayers.convolution(1, 1, kernel: kernel)
    (convolution.stride, convolution.padding) = ((stride, stride), Padding(padding))
    #expect(try size(.convolution(convolution), length) == expected)
  }

  @Test func transposedConvolutionsUndoThem() throws {
    var convolution = SampleLayers.transposed(1, 1, kernel: 3, padding: 1)
    #expect(try size(.transposedConvolution(convolution), 8) == 15)
    convolution.outputPadding = (1, 1)
    #expect(try size(.transposedConvolution(convolution), 8) == 16)
  }
}
