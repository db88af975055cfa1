import SegBase
import SegGraph

/// What a network offers for frames between keyframes: its shallow stage and its head on the frame itself, and its deep features carried over from the keyframe.
public struct PartialPass: Sendable, Hashable {
  /// How deep features come from the keyframe to the frame at hand.
  public enum Motion: Sendable, Hashable {
    /// By a flow network of the checkpoint's own, within the pass.
    case learned
    /// Along optical flow, by whoever runs the pass.
    case opticalFlow
  }

  /// How deep features come to the frame.
  public let motion: Motion
  /// Multiply-adds of the pass as a share of the full pass's, above 0.
  public let share: Double

  /// The largest share at which a pass along optical flow saves more than the flow and the warp cost.
  static let largestShare = 0.85
}

extension LoadedModel {
  /// Whether the checkpoint has a flow network of its own for frames between keyframes.
  public var hasOwnFlow: Bool { network.buildPartial != nil }

  /// The network's pass between keyframes; nil where it has none, or none that pays: every network can be asked. Builds graphs, so ask once.
  public var partialPass: PartialPass? {
    guard let graphs = try? PassGraphs(self, size: sizeRule.size(for: sizeRule.native)) else { return nil }
    let share = Double(graphs.partial.multiplyAccumulates) / Double(max(1, graphs.full.multiplyAccumulates))
    return graphs.motion == .opticalFlow && share > PartialPass.largestShare ? nil : PartialPass(motion: graphs.motion, share: share)
  }
}
