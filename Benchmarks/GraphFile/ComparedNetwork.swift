public import SegBase
public import SegGraph
public import SegModels
import SegTensor

/// A network of the catalogue with random weights, at one input size, as it is compared with other engines.
public struct ComparedNetwork: Sendable {
  /// The network's whole name: "enet:davidtvs".
  public let name: String
  /// The network without fused operations: only the outputs that are timed, and nothing that they do not need.
  public let graph: Graph
  /// The network with its weights.
  let model: LoadedModel
  /// How labels are made of the outputs; nil for networks that find instances.
  public let labels: GraphDescription.Labels?

  /// Makes the network of that name (see `NetworkChoice`), for its usual number of classes where there is no other. Throws what does not suit it.
  public init(named name: String, size: PixelSize, classCount: Int? = nil) throws(InputError) {
    let choice = try NetworkChoice(named: name)
    self.name = choice.name
    model = try choice.random(classCount: classCount)
    // The feature pyramid is no result: detection reads boxes, classes, coefficients and prototypes.
    let read = ["logits", "loc", "conf", "mask", "proto"]
    graph = try model.graph(for: size).keepingOutputs { name in read.contains(where: name.hasPrefix) }.removingDeadNodes()
    labels =
      model.findsInstances
      ? nil : GraphDescription.Labels(scores: "logits", height: size.height, width: size.width, alignsCorners: choice.network.alignsCorners)
  }

  /// The normalised input that networks are run on: numbers in [-2, 2) by row, column and channel, the same ones every time.
  public var input: [Float] {
    var state: UInt64 = 0x2545_F491_4F6C_DD1D
    return (0..<graph.shape(of: graph.inputs[0]).count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / 0x1p22 - 2
    }
  }
}
