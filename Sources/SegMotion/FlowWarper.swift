internal import CSegKernels
public import SegBase

/// Brings what is known of an earlier frame to the current one along backward flow: labels, masks, class scores and feature maps.
///
/// Everything is warped at its own size; flow of another size is read at that grid on the way (bilinearly, with pixel centres aligned, vectors scaled). Each
/// warp also gives a mask: 255 where the vector ends inside the earlier picture, 0 where it ends outside; there the nearest edge pixel is taken.
/// Nothing is allocated while sizes stay the same. One thread at a time.
public final class FlowWarper {
  private var grid = FlowGrid()

  /// Makes a warper with nothing prepared.
  public init() {}

  /// Warps class indexes (`gray8`): the nearest pixel is taken.
  public func warpLabels(
    _ labels: borrowing PixelImage, along flow: borrowing FlowField, into output: inout PixelImage, filled: inout PixelImage
  ) {
    warpBytes(labels, along: flow, into: &output, filled: &filled, with: seg_warp_labels)
  }

  /// Warps the mask of one object (`gray8`, 0 or 255): bilinear, then 255 from half on and 0 below.
  public func warpMask(_ mask: borrowing PixelImage, along flow: borrowing FlowField, into output: inout PixelImage, filled: inout PixelImage) {
    warpBytes(mask, along: flow, into: &output, filled: &filled, with: seg_warp_mask)
  }

  private func warpBytes(
    _ input: borrowing PixelImage, along flow: borrowing FlowField, into output: inout PixelImage, filled: inout PixelImage,
    with kernel: (UnsafePointer<SegFlowView>?, UnsafePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?) -> Void
  ) {
    precondition(input.format == .gray8, "one byte a pixel")
    output.reshape(to: input.size, format: .gray8)
    filled.reshape(to: input.size, format: .gray8)
    if input.size.pixelCount == 0 { return }
    grid.withView(of: flow, at: input.size) { view in
      input.withBytes { source in
        output.withMutableBytes { target in
          filled.withMutableBytes { mask in kernel(view, source.baseAddress, target.baseAddress, mask.baseAddress) }
        }
      }
    }
  }

  /// Warps all channels of a map (class scores, features) bilinearly, from `input` of layout `from` to `output` of layout `to`.
  ///
  /// The layouts have the same size and number of channels, and the buffers fill them; they do not overlap.
  public func warpMap(
    _ input: UnsafeBufferPointer<Float>, from: MapLayout, along flow: borrowing FlowField, into output: UnsafeMutableBufferPointer<Float>, to: MapLayout,
    filled: inout PixelImage
  ) {
    precondition(from.size == to.size && from.channels == to.channels, "maps of one size")
    precondition(input.count >= from.elementCount && output.count >= to.elementCount, "buffers fill their layouts")
    filled.reshape(to: from.size, format: .gray8)
    if from.size.pixelCount == 0 || from.channels == 0 { return }
    var source = from.map(UnsafeMutablePointer(mutating: input.baseAddress))
    var target = to.map(output.baseAddress)
    grid.withView(of: flow, at: from.size) { view in
      filled.withMutableBytes { seg_warp_map(view, &source, &target, $0.baseAddress) }
    }
  }

  /// Makes `output` the flow at a grid of `size`: sampled bilinearly with pixel centres aligned, vectors scaled to that grid's pixels.
  public func resample(_ flow: borrowing FlowField, to size: PixelSize, into output: inout FlowField) {
    output.reshape(to: size)
    if size == flow.size {
      output.copyVectors(of: flow)
      return
    }
    grid.withView(of: flow, at: size) { view in output.withMutableVectors { seg_flow_resample(view, $0.baseAddress) } }
  }
}
