import SegBase
import SegGraph

/// The graphs of a network's pass over a keyframe and of its pass between keyframes, as they are compiled.
struct PassGraphs {
  /// The whole network; its outputs are what is read of it, then what is carried over.
  let full: Graph
  /// The pass between keyframes; its inputs are the picture, then what is carried over, its outputs what is read.
  let partial: Graph
  /// The full graph's outputs that are carried over, in the order of the partial graph's further inputs.
  let carried: [String]
  /// How they come to another frame.
  let motion: PartialPass.Motion

  /// Cuts a network in two; nil where that cannot be done.
  ///
  /// A checkpoint with a flow network of its own gets the pass it was trained for; every other graph is split by its stages. Throws when the size does not
  /// suit the network.
  init?(_ model: LoadedModel, size: PixelSize) throws(InputError) {
    if let learned = try model.partialGraph(for: size) {
      carried = (0..<learned.inputs.count - 1).map { "cache\($0)" }
      let names = carried
      full = try model.graph(for: size).keepingOutputs { RunGraph.isRead($0) || names.contains($0) }.removingDeadNodes()
      partial = learned.keepingOutputs(RunGraph.isRead).removingDeadNodes()
      motion = .learned
      return
    }
    guard let split = try RunGraph(model, size: size, takesBlocks: false).graph.splitByStage() else { return nil }
    (full, partial) = (split.full.removingDeadNodes(), split.partial)
    carried = split.carried.indices.map { "carried\($0)" }
    motion = .opticalFlow
  }
}
