internal import SegBase
internal import SegMotion

/// Brings the index map and the boxes of instances to another frame along the flow. One thread at a time.
final class InstanceWarp {
  private let warper = FlowWarper()
  private var scaled = FlowField(size: PixelSize(width: 1, height: 1))
  private var filled = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)

  /// `output` becomes `map` at the frame from which `flow` (of any size) leads to the map's; returns the instances with their boxes moved along.
  func bring(
    _ instances: [DetectedInstance], map: borrowing PixelImage, along flow: borrowing FlowField, into output: inout PixelImage
  ) -> [DetectedInstance] {
    warper.warpLabels(map, along: flow, into: &output, filled: &filled)
    warper.resample(flow, to: output.size, into: &scaled)
    return InstanceMotion.moved(instances, map: output, along: scaled)
  }
}
