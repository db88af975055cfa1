extension Graph {
  /// A network cut in two for keyframe scheduling.
  public struct StageSplit: Sendable {
    /// The whole network, for keyframes; its outputs are the network's and then "carried0", "carried1"...
    public var full: Graph
    /// The shallow stage and the head: inputs are the network's and then the carried values, brought to the frame at hand; outputs are the network's.
    public var partial: Graph
    /// Shapes of the carried values: what the deep stage makes and the other stages read.
    public var carried: [FeatureShape]
  }

  /// The passes of keyframe scheduling by the nodes' stages; nil where there is nothing to cut: without a deep stage, where an output is made by it, where
  /// nothing is left to do from the picture, or where the head needs pool indices that only deep values give.
  ///
  /// Indices are not carried: they name places, which cannot be moved along a flow. A deep pool that the head needs the indices of is done again in the partial
  /// pass, where it reads shallow values alone; so the indices are those of the frame at hand, like the edges that its unpool restores.
  public func splitByStage() -> StageSplit? {
    var isDeep = [Bool](repeating: false, count: values.count)
    var poolOfIndices: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() where node.stage == .deep {
      for output in node.outputs {
        isDeep[output.index] = true
        if values[output.index].isIndices { poolOfIndices[output.index] = index }
      }
    }
    if outputs.contains(where: { isDeep[$0.value.index] }) { return nil }
    let readIndices = Set(nodes.lazy.filter { $0.stage != .deep }.flatMap(\.inputs).compactMap { poolOfIndices[$0.index] })
    for pool in readIndices where nodes[pool].inputs.contains(where: { isDeep[$0.index] }) { return nil }
    for output in readIndices.flatMap({ nodes[$0].outputs }) { isDeep[output.index] = false }

    let kept = nodes.indices.filter { nodes[$0].stage != .deep || readIndices.contains($0) }
    var carried: [ValueID] = []
    for input in kept.flatMap({ nodes[$0].inputs }) where isDeep[input.index] && !carried.contains(input) { carried.append(input) }
    if carried.isEmpty { return nil }
    var full = self
    for (index, value) in carried.enumerated() { full.outputs.append(("carried\(index)", value)) }
    var partial = self
    partial.nodes = kept.map { nodes[$0] }
    partial.inputs += carried
    partial = partial.removingDeadNodes()
    let isPictureRead = partial.nodes.contains { node in node.inputs.contains { partial.inputs[..<inputs.count].contains($0) } }
    return isPictureRead ? StageSplit(full: full, partial: partial, carried: carried.map { shape(of: $0) }) : nil
  }
}
