import SegBase
import SegGraph

/// A network's graph as it runs on pictures of one size: without what nobody reads.
struct RunGraph {
  /// Outputs: "logits", or those that detection reads.
  let graph: Graph
  /// Whether labels are interpolated from the scores with their corners aligned.
  let alignsCorners: Bool
  /// How the blocks that "logits" are then lie in the map of scores; nil where they are that map.
  let interleave: Interleave?

  /// Makes the graph; throws when the size does not suit the network.
  ///
  /// Labels are interpolated, or found block by block (where `takesBlocks`, and the graph is then an optimised one), on the way through the scores, so no map
  /// of scores as large as the picture is made or moved.
  init(_ model: LoadedModel, size: PixelSize, takesBlocks: Bool = true) throws(InputError) {
    let whole = try model.graph(for: size)
    if model.findsInstances {
      (graph, alignsCorners, interleave) = (whole.keepingOutputs(Self.isRead), false, nil)
    } else if let small = whole.withoutFinalResize(of: "logits"), small.size == (size.height, size.width) {
      (graph, alignsCorners, interleave) = (small.graph, small.alignCorners, nil)
    } else if takesBlocks, let blocks = whole.withoutFinalInterleave(of: "logits"),
      (blocks.interleave.height, blocks.interleave.width) == (size.height, size.width)
    {
      (graph, alignsCorners, interleave) = (blocks.graph, model.network.alignsCorners, blocks.interleave)
    } else {
      (graph, alignsCorners, interleave) = (whole, model.network.alignsCorners, nil)
    }
  }

  /// Whether an output is read after a pass: class scores, or what detection needs; the pyramid and what is kept for other passes need not be made.
  static func isRead(_ name: String) -> Bool { name == "logits" || ["loc", "conf", "mask", "proto"].contains(where: name.hasPrefix) }
}
