import Foundation
import SegBase
import SegCheckpoint
import SegGraph
import SegGraphFile
import SegTensor
import SegTestSupport
import Testing

struct NetworkFolderTests {
  private static let size = PixelSize(width: 72, height: 40)

  /// What is read back of a folder.
  private struct Written {
    let graph: GraphDescription
    let weights: NamedTensors
    let reference: NamedTensors
  }

  private func written(_ network: ComparedNetwork) throws -> Written {
    try Program.withTemporaryFolder { folder in
      try NetworkFolder.write(network, to: folder)
      let graph = try JSONDecoder().decode(GraphDescription.self, from: Data(contentsOf: folder.appendingPathComponent("graph.json")))
      let tensors = { (name: String) in try Checkpoint.open(path: folder.appendingPathComponent("\(name).safetensors").path).tensors }
      return Written(graph: graph, weights: try tensors("weights"), reference: try tensors("reference"))
    }
  }

  @Test("every node of ENet is written, with the weights it has")
  func enetComesBack() throws {
    let network = try ComparedNetwork(named: "enet", size: Self.size)
    let written = try written(network)
    #expect(written.graph.network == "enet:davidtvs")
    #expect(written.graph.nodes.map(\.name) == network.graph.nodes.map(\.name))
    #expect(written.graph.nodes.map(\.inputs) == network.graph.nodes.map { $0.inputs.map(\.index) })
    #expect(written.graph.values.count == network.graph.values.count)
    #expect(written.graph.outputs.map(\.name) == ["logits"])
    let slopes = written.graph.nodes.count { $0.operation == "leakyRelu" }
    #expect(written.weights.names.reduce(slopes) { $0 + (written.weights[$1]?.count ?? 0) } == network.graph.parameterCount)
    for (node, description) in zip(network.graph.nodes, written.graph.nodes) {
      guard case .convolution(let convolution) = node.operation else { continue }
      let weight = try #require(description.tensors["weight"].flatMap { written.weights[$0] })
      #expect(weight.shape == convolution.weight.shape && weight.floats() == convolution.weight.floats())
      #expect(description.integers["groups"] == [convolution.groups])
    }
  }

  @Test("labels are the greatest of the logits, first of equals")
  func labelsFollowLogits() throws {
    let written = try written(try ComparedNetwork(named: "enet", size: Self.size))
    #expect(written.graph.labels == GraphDescription.Labels(scores: "logits", height: 40, width: 72, alignsCorners: false))
    let logits = try #require(written.reference["logits"])
    #expect(logits.shape == [1, 19, 40, 72])
    let (values, pixels) = (logits.floats(), 40 * 72)
    let greatest = (0..<pixels).map { pixel in (1..<19).reduce(0) { values[$1 * pixels + pixel] > values[$0 * pixels + pixel] ? $1 : $0 } }
    #expect(try #require(written.reference["labels"]).floats().map(Int.init) == greatest)
    #expect(Set(greatest).count > 1)
  }

  @Test("a network that finds instances is written with what detection reads, and nothing else")
  func instancesHaveNoLabels() throws {
    let written = try written(try ComparedNetwork(named: "yolact-edge:mobilenetv2", size: PixelSize(width: 96, height: 96)))
    #expect(written.graph.labels == nil && written.reference["labels"] == nil)
    #expect(Set(written.graph.outputs.map { $0.name.prefix { !$0.isNumber } }) == ["loc", "conf", "mask", "proto"])
    let read = Set(written.graph.nodes.flatMap(\.inputs) + written.graph.outputs.map(\.value))
    #expect(written.graph.nodes.allSatisfy { !read.isDisjoint(with: $0.outputs) })
  }

  @Test("an operation that is not compared is refused by the node's name")
  func othersAreRefused() throws {
    let network = try ComparedNetwork(named: "yolact:yolact-plus:resnet50", size: PixelSize(width: 138, height: 138))
    var weights = NamedTensors()
    #expect(throws: InputError.self) { try GraphDescription(network.graph, network: network.name, labels: nil, weights: &weights) }
  }
}
