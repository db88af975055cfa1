public import Foundation
import SegBase
import SegCheckpoint
import SegGraph
import SegRuntime
import SegTensor

/// A folder with all that another engine needs to run a compared network and to check its results.
///
/// - graph.json: a `GraphDescription`.
/// - weights.safetensors: the tensors its nodes name.
/// - reference.safetensors: "input" (1, 3, rows, columns), each output (1, channels, rows, columns), and "labels" (rows, columns) where there are any.
public enum NetworkFolder {
  /// Writes the folder's files; throws when they cannot be written or the network cannot be run or described.
  public static func write(_ network: ComparedNetwork, to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var weights = NamedTensors()
    let description = try GraphDescription(network.graph, network: network.name, labels: network.labels, weights: &weights)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try encoder.encode(description).write(to: folder.appendingPathComponent("graph.json"))
    try Safetensors.write(weights, to: folder.appendingPathComponent("weights.safetensors").path)
    try Safetensors.write(try reference(network), to: folder.appendingPathComponent("reference.safetensors").path)
  }

  private static func reference(_ network: ComparedNetwork) throws(InputError) -> NamedTensors {
    let shape = network.graph.shape(of: network.graph.inputs[0])
    let values = network.input
    var tensors = NamedTensors()
    tensors["input"] = planes(values, shape)
    let executable = try Executable(graph: network.graph)
    executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
    executable.run()
    for (name, _) in network.graph.outputs { tensors[name] = executable.withOutput(name) { planes(Array($0), $1) } }
    if let rule = network.labels {
      let runner = try NetworkRunner(network)
      runner.run()
      let labels = runner.lastLabels
      tensors["labels"] = Tensor(shape: [rule.height, rule.width], elementType: .uint8) { $0.copyBytes(from: labels) }
    }
    return tensors
  }

  /// A map (row, column, channel) as (1, channel, row, column).
  private static func planes(_ values: [Float], _ shape: FeatureShape) -> Tensor {
    let (pixels, channels) = (shape.height * shape.width, shape.channels)
    return Tensor(shape: [1, channels, shape.height, shape.width], elementType: .float32) { target in
      let planes = target.bindMemory(to: Float.self)
      for pixel in 0..<pixels { for channel in 0..<channels { planes[channel * pixels + pixel] = values[pixel * channels + channel] } }
    }
  }
}
