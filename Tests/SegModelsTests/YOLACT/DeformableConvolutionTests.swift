import SegGraph
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// A graph of one convolution "c" of 3x3 from three to five channels.
private func graph(_ tensors: NamedTensors, stride: Int, isDeformable: Bool) throws -> Graph {
  var layers = LayerBuilder(ParameterSource(tensors))
  let input = layers.graph.input(FeatureShape(height: 9, width: 11, channels: 3))
  let output =
    isDeformable
    ? try layers.deformableConvolution("c", input, channels: 5, stride: stride)
    : try layers.centredConvolution("c", input, channels: 5, stride: stride)
  layers.graph.output(output, name: "out")
  return layers.graph.build()
}

/// Weights of the convolution, and offsets that do not depend on the picture: dy and dx of each tap, then its logit.
private func weights(offsets: [Float]) -> NamedTensors {
  var tensors = GoldenRule.checkpoint([("c.weight", [5, 3, 3, 3]), ("c.bias", [5])])
  tensors["c.conv_offset_mask.weight"] = Tensor(shape: [27, 3, 3, 3], elementType: .float32) { _ in }
  tensors["c.conv_offset_mask.bias"] = Tensor(shape: [27], floats: offsets)
  return tensors
}

private func run(_ graph: Graph, _ input: [Float]) -> [Float] { ReferenceInterpreter(graph: graph).run(inputs: [input])["out"] ?? [] }

struct DeformableConvolutionTests {
  private let input = GoldenRule.input("picture", shape: [9, 11, 3]).floats()

  @Test("without offsets and with all samples let through it is the plain convolution", arguments: [1, 2])
  func withoutOffsetsItIsPlain(stride: Int) throws {
    let tensors = weights(offsets: [Float](repeating: 0, count: 18) + [Float](repeating: 30, count: 9))
    let deformed = run(try graph(tensors, stride: stride, isDeformable: true), input)
    let plain = run(try graph(tensors, stride: stride, isDeformable: false), input)
    #expect(deformed.count == plain.count && !plain.isEmpty)
    #expect(zip(deformed, plain).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test("a tap that looks a row up and two columns to the left sees what the plain one sees there")
  func offsetsMoveTheTaps() throws {
    let offsets = (0..<18).map { $0.isMultiple(of: 2) ? Float(-1) : -2 } + [Float](repeating: 30, count: 9)
    let tensors = weights(offsets: offsets)
    let deformed = run(try graph(tensors, stride: 1, isDeformable: true), input)
    let plain = run(try graph(tensors, stride: 1, isDeformable: false), input)
    for row in 2..<9 {
      for column in 3..<11 {
        for channel in 0..<5 {
          #expect(abs(deformed[(row * 11 + column) * 5 + channel] - plain[((row - 1) * 11 + column - 2) * 5 + channel]) < 1e-5)
        }
      }
    }
  }

  @Test("each tap has a share of its own")
  func sharesWeighTheTaps() throws {
    let shares = (0..<9).map { $0 == 2 ? Float(0) : -90 }
    let only = run(try graph(weights(offsets: [Float](repeating: 0, count: 18) + shares), stride: 1, isDeformable: true), input)
    var tensors = GoldenRule.checkpoint([("c.weight", [5, 3, 3, 3]), ("c.bias", [5])])
    var weight = try #require(tensors["c.weight"]).floats()
    for index in weight.indices { weight[index] *= index % 9 == 2 ? 0.5 : 0 }

    tensors["c.weight"] = Tensor(shape: [5, 3, 3, 3], floats: weight)
    let plain = run(try graph(tensors, stride: 1, isDeformable: false), input)
    #expect(zip(only, plain).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
