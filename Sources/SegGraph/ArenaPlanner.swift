/// Places buffers with known lifetimes in one block of memory so that buffers alive at the same time never overlap.
public enum ArenaPlanner {
  /// A buffer to place.
  public struct Request: Hashable, Sendable {
    /// Bytes; zero or more.
    public var byteCount: Int
    /// The steps during which the buffer is needed, first and last included.
    public var lifetime: ClosedRange<Int>

    /// Makes a request.
    public init(byteCount: Int, lifetime: ClosedRange<Int>) {
      (self.byteCount, self.lifetime) = (byteCount, lifetime)
    }
  }

  /// Every offset is a multiple of this: a cache line, and the widest vector.
  public static let alignment = 64

  /// The offset of each request in bytes, and the size of the whole block.
  ///
  /// Largest first, each goes into the smallest gap between the buffers it meets in time; O(n² log n).
  public static func plan(_ requests: [Request]) -> (offsets: [Int], byteCount: Int) {
    var offsets = [Int](repeating: 0, count: requests.count)
    var placed: [Int] = []
    var total = 0
    let order = requests.indices.sorted {
      (requests[$0].byteCount, requests[$1].lifetime.lowerBound) > (requests[$1].byteCount, requests[$0].lifetime.lowerBound)
    }
    for index in order {
      let size = aligned(requests[index].byteCount)
      var (best, bestGap, end) = (-1, Int.max, 0)
      for other in placed.sorted(by: { offsets[$0] < offsets[$1] }) where requests[other].lifetime.overlaps(requests[index].lifetime) {
        let gap = offsets[other] - end
        if gap >= size, gap < bestGap { (best, bestGap) = (end, gap) }
        end = max(end, offsets[other] + aligned(requests[other].byteCount))
      }
      offsets[index] = best < 0 ? end : best
      total = max(total, offsets[index] + size)
      placed.append(index)
    }
    return (offsets, total)
  }

  private static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
