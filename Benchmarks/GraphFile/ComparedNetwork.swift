public import SegBase
public import SegGraph
import SegModels
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

  /// The normalised input that networks are run on, by row, column and channel: rectangles of one colour with a little noise, in [-2, 2], always the same.
  ///
  /// As in a picture most neighbours are alike, which makes their labels alike: how fast labels are made can depend on that.
  public var input: [Float] {
    let shape = graph.shape(of: graph.inputs[0])
    var random = RandomSequence(state: 0x2545_F491_4F6C_DD1D)
    var values = [Float](repeating: 0, count: shape.count)
    for _ in 0..<64 {
      let (top, left) = (random.index(below: shape.height), random.index(below: shape.width))
      let (height, width) = (random.index(below: shape.height / 2), random.index(below: shape.width / 2))
      let colour = (0..<shape.channels).map { _ in random.fraction() * 3.6 - 1.8 }
      for row in top..<min(top + height, shape.height) {
        for column in left..<min(left + width, shape.width) {
          for channel in colour.indices { values[(row * shape.width + column) * shape.channels + channel] = colour[channel] }
        }
      }
    }
    for index in values.indices { values[index] += random.fraction() * 3.6 - 1.8 }
    return values
  }
}

/// Numbers that look random.
private struct RandomSequence {
  var state: UInt64

  /// From 0 to below 1.
  mutating func fraction() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / 0x1p24
  }

  /// From 0 to below `count`.
  mutating func index(below count: Int) -> Int { min(Int(fraction() * Float(count)), count - 1) }
}
