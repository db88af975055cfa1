internal import SegBase
internal import SegGraph
internal import SegModels
internal import SegMotion

/// Brings the deep features of a keyframe to another frame along the optical flow, scaled to the maps. One thread at a time.
final class FeatureWarp {
  /// A warper for each map: each keeps the tables of one pair of sizes.
  private var warpers: [FlowWarper] = []
  private var filled = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)

  /// Writes a map's values at the frame from which `flow` leads to the keyframe; as they were there where the flow leads out of the picture, or has no frames.
  func carry(_ features: CarriedFeatures, along flow: borrowing FlowChain, into output: UnsafeMutableBufferPointer<Float>) {
    if flow.frames == 0 {
      _ = output.update(fromContentsOf: features.values)
      return
    }
    while warpers.count <= features.index { warpers.append(FlowWarper()) }
    let channels = features.shape.channels
    let layout = MapLayout(size: PixelSize(width: features.shape.width, height: features.shape.height), channels: channels)
    warpers[features.index].warpMap(features.values, from: layout, along: flow.field, into: output, to: layout, filled: &filled)
    filled.withBytes { filled in
      guard let source = features.values.baseAddress, let target = output.baseAddress else { return }
      for place in filled.indices where filled[place] == 0 { (target + place * channels).update(from: source + place * channels, count: channels) }
    }
  }
}
