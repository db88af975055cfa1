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

/// Operations of several maps, softmaxes and averages: sizes, and what does not fit.
@Suite struct SeveralMapShapeTests {
  private func shape(_ operation: Operation, _ inputs: (Int, Int, Int)...) throws -> FeatureShape {
    var builder = GraphBuilder()
    let values = inputs.map { builder.input(FeatureShape(height: $0.0, width: $0.1, channels: $0.2)) }
    let output = try builder.add(operation, name: "node", inputs: values)
    return builder.shape(of: output)
  }

  private func fails(_ operation: Operation, _ inputs: (Int, Int, Int)...) -> Bool {
    var builder = GraphBuilder()
    let values = inputs.map { builder.input(FeatureShape(height: $0.0, width: $0.1, channels: $0.2)) }
    do {
      _ = try builder.add(operation, name: "node", inputs: values)
      return false
    } catch {
      return "\(error)".contains("node")
    }
  }

  @Test("a sum that enlarges has its own size, and maps of as many channels")
  func resizedSums() throws {
    let sum = Operation.resizedSum(ResizedSum(height: 6, width: 8, alignCorners: false))
    #expect(try shape(sum, (3, 4, 5), (6, 8, 5), (1, 1, 5)) == FeatureShape(height: 6, width: 8, channels: 5))
    #expect(try shape(sum, (3, 4, 5)) == FeatureShape(height: 6, width: 8, channels: 5))
    #expect(fails(sum, (3, 4, 5), (6, 8, 4)))
    #expect(fails(.resizedSum(ResizedSum(height: 6, width: 8, alignCorners: false, activation: .prelu(slopes: [1]))), (3, 4, 5)))
    #expect(fails(.resizedSum(ResizedSum(height: 0, width: 8, alignCorners: false)), (3, 4, 5)))
  }

  @Test("averages have a place for each window or region")
  func averages() throws {
    #expect(try shape(.averagePool(PoolingWindow(kernel: 2, stride: 2, ceilMode: true)), (5, 8, 3)) == FeatureShape(height: 3, width: 4, channels: 3))
    #expect(try shape(.adaptiveAveragePool(height: 6, width: 2), (4, 7, 3)) == FeatureShape(height: 6, width: 2, channels: 3))
    #expect(fails(.averagePool(PoolingWindow(kernel: 6, stride: 1)), (5, 8, 3)))
    #expect(fails(.adaptiveAveragePool(height: 1 << 20, width: 1 << 20), (4, 7, 3)))
  }

  @Test("products need two maps of one shape")
  func products() throws {
    #expect(try shape(.multiply, (4, 5, 3), (4, 5, 3)) == FeatureShape(height: 4, width: 5, channels: 3))
    #expect(fails(.multiply, (4, 5, 3), (4, 5, 1)) && fails(.multiply, (4, 5, 3), (1, 1, 3)))
  }

  @Test("a softmax needs equal runs of channels")
  func softmaxes() throws {
    #expect(try shape(.softmax(groups: 3), (4, 5, 243)) == FeatureShape(height: 4, width: 5, channels: 243))
    #expect(fails(.softmax(groups: 2), (4, 5, 3)) && fails(.softmax(groups: 0), (4, 5, 3)) && fails(.softmax(groups: -3), (4, 5, 3)))
  }

  @Test("a flow has the map's size and two channels")
  func warps() throws {
    #expect(try shape(.warp(scale: 1), (4, 5, 3), (4, 5, 2)) == FeatureShape(height: 4, width: 5, channels: 3))
    #expect(fails(.warp(scale: 1), (4, 5, 3), (4, 5, 3)) && fails(.warp(scale: 1), (4, 5, 3), (4, 4, 2)))
  }

  @Test("deformable samples have all channels for each tap, at places of the window's steps")
  func deformableSamples() throws {
    #expect(try shape(.deformableSample(DeformableWindow()), (9, 7, 5), (9, 7, 27)) == FeatureShape(height: 9, width: 7, channels: 45))
    #expect(try shape(.deformableSample(DeformableWindow(stride: 2)), (9, 7, 5), (5, 4, 27)) == FeatureShape(height: 5, width: 4, channels: 45))
    #expect(fails(.deformableSample(DeformableWindow(stride: 2)), (9, 7, 5), (9, 7, 27)) && fails(.deformableSample(DeformableWindow()), (9, 7, 5), (9, 7, 18)))
    #expect(fails(.deformableSample(DeformableWindow(kernel: 11, padding: 0)), (9, 7, 5), (9, 7, 363)))
  }

  @Test("gathered regions are a row of places, one for each logit")
  func gathering() throws {
    #expect(try shape(.gatherRegions, (4, 5, 512), (4, 5, 19)) == FeatureShape(height: 1, width: 19, channels: 512))
    #expect(fails(.gatherRegions, (4, 5, 512), (5, 4, 19)))
  }

  @Test("attention needs keys of the queries' channels, and as many values as keys")
  func attention() throws {
    #expect(try shape(.attend(scale: 1), (4, 5, 8), (1, 19, 8), (1, 19, 6)) == FeatureShape(height: 4, width: 5, channels: 6))
    #expect(fails(.attend(scale: 1), (4, 5, 8), (1, 19, 7), (1, 19, 6)) && fails(.attend(scale: 1), (4, 5, 8), (1, 19, 8), (1, 18, 6)))
    #expect(fails(.attend(scale: 1), (4, 5, 8), (2, 19, 8), (2, 19, 6)))
  }
}
