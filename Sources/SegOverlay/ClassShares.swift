internal import CSegKernels
public import SegBase

/// How much of a picture each class takes, for a legend.
public enum ClassShares {
  /// A class and its share.
  public struct Share: Hashable, Sendable {
    /// The class's index.
    public var label: Int
    /// The part of all pixels, above 0 and at most 1.
    public var share: Double

    /// Makes a share.
    public init(label: Int, share: Double) {
      self.label = label
      self.share = share
    }
  }

  /// The classes that occur in labels (`gray8`, one index a pixel), the largest share first; equal shares in the order of their indices.
  public static func of(_ labels: borrowing PixelImage) -> [Share] {
    precondition(labels.format == .gray8, "shares are of class indices")
    let count = labels.size.pixelCount
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { bins in
      bins.initialize(repeating: 0)
      labels.withBytes { seg_overlay_count($0.baseAddress, $0.count, bins.baseAddress) }
      let occurring = (0..<256).filter { bins[$0] > 0 }.sorted { (bins[$1], $0) < (bins[$0], $1) }
      return occurring.map { Share(label: $0, share: Double(bins[$0]) / Double(count)) }
    }
  }
}
