internal import CSegKernels
public import SegBase

/// Where flow there and back agrees: elsewhere something is hidden in one of the pictures, or the flow is wrong, and what is warped there cannot be trusted.
public enum FlowConsistency {
  /// Pixels that the way there and back may miss by.
  public static let defaultThreshold: Float = 1.5

  /// Checks `flow` (from picture A to B) against `opposite` (from B to A), of the same size. Gives the share of A's pixels that are inconsistent, 0 to 1.
  ///
  /// `mask` becomes `gray8` of the fields' size: 255 where a pixel comes back to within `threshold` pixels and its way there ends inside B, else 0.
  @discardableResult
  public static func check(
    _ flow: borrowing FlowField, against opposite: borrowing FlowField, threshold: Float = defaultThreshold, mask: inout PixelImage
  ) -> Float {
    precondition(flow.size == opposite.size, "fields of one size")
    mask.reshape(to: flow.size, format: .gray8)
    let consistent = mask.withMutableBytes {
      seg_flow_check(flow.storage.start, opposite.storage.start, nil, $0.baseAddress, Int32(flow.size.width), Int32(flow.size.height), threshold)
    }
    return share(consistent, of: flow.size)
  }

  /// Like it, and gives how far each pixel is missed, in pixels, row after row; `errors` has room for every pixel.
  @discardableResult
  public static func check(
    _ flow: borrowing FlowField, against opposite: borrowing FlowField, threshold: Float = defaultThreshold, mask: inout PixelImage,
    errors: UnsafeMutableBufferPointer<Float>
  ) -> Float {
    precondition(flow.size == opposite.size && errors.count >= flow.size.pixelCount, "fields of one size, room for all errors")
    mask.reshape(to: flow.size, format: .gray8)
    let consistent = mask.withMutableBytes {
      seg_flow_check(
        flow.storage.start, opposite.storage.start, errors.baseAddress, $0.baseAddress, Int32(flow.size.width), Int32(flow.size.height), threshold)
    }
    return share(consistent, of: flow.size)
  }

  private static func share(_ consistent: Int, of size: PixelSize) -> Float {
    size.pixelCount == 0 ? 0 : 1 - Float(consistent) / Float(size.pixelCount)
  }
}
