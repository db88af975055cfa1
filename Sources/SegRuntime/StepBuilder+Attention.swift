import CSegKernels
import SegGraph

extension StepBuilder {
  /// Means of features for each region, in parts that threads share; the parts do not depend on how many threads there are, so neither does the result.
  mutating func addGathering(_ node: Node) {
    let (features, logits) = (graph.shape(of: node.inputs[0]), graph.shape(of: node.inputs[1]))
    var arguments = SegGather()
    (arguments.features, arguments.logits, arguments.output) = (map(node.inputs[0]), map(node.inputs[1]), map(node.outputs[0]))
    let places = features.height * features.width
    let partPlaces = (places + 15) / 16
    let parts = (places + partPlaces - 1) / partPlaces
    let (regions, channels) = (padded(logits.channels), padded(features.channels))
    let partSize = regions * (2 + Int(SEG_GATHER_PLACES) + channels)
    arguments.scratch = constants.allocate(parts * partSize, of: Float.self)
    (arguments.part_size, arguments.parts, arguments.part_places) = (partSize, Int32(parts), Int32(partPlaces))
    (arguments.padded_regions, arguments.padded_channels) = (Int32(regions), Int32(channels))
    append(seg_gather_parts, arguments, node, "gather parts", rows: parts)
    append(seg_gather_regions, arguments, node, "gather regions", rows: logits.channels)
  }

  /// Attention of every place to a few keys.
  mutating func addAttention(_ scale: Float, _ node: Node) {
    let (keys, output) = (graph.shape(of: node.inputs[1]), graph.shape(of: node.outputs[0]))
    var arguments = SegAttend()
    (arguments.queries, arguments.keys, arguments.values) = (map(node.inputs[0]), map(node.inputs[1]), map(node.inputs[2]))
    (arguments.output, arguments.scale) = (map(node.outputs[0]), scale)
    let count = padded(keys.width)
    arguments.turned = constants.allocate(keys.channels * count, of: Float.self)
    arguments.weights = constants.allocate(output.height * Int(SEG_ATTEND_PLACES) * count, of: Float.self)
    arguments.padded_keys = Int32(count)
    append(seg_turn_keys, arguments, node, "turn keys", rows: keys.channels)
    append(seg_attend, arguments, node, "attend")
  }

  /// The next multiple of what the kernels work on at once.
  private func padded(_ count: Int) -> Int {
    let unit = Int(SEG_REGION_UNIT)
    return (count + unit - 1) / unit * unit
  }
}
