/// A buffer of floats that only grows: 64-byte aligned, zero when allocated, freed by its one owner.
struct FloatStorage: ~Copyable, @unchecked Sendable {
  // Safe to send: the storage has a single owner, and nothing else keeps its address.

  /// The first element; valid until the next `reserve` that has to grow.
  private(set) var start: UnsafeMutablePointer<Float>
  /// Elements there is room for.
  private(set) var capacity: Int

  /// Makes room for `count` elements, all zero.
  init(count: Int = 0) {
    capacity = max(16, count)
    start = FloatStorage.allocate(capacity)
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }

  /// Makes room for `count` elements. When it has to grow the contents are lost and all elements are zero.
  mutating func reserve(_ count: Int) {
    if count <= capacity { return }
    UnsafeMutableRawPointer(start).deallocate()
    capacity = count
    start = FloatStorage.allocate(count)
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let start = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64).bindMemory(to: Float.self, capacity: count)
    start.initialize(repeating: 0, count: count)
    return start
  }
}
