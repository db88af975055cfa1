/// Memory that is kept between frames and replaced by more when it does not suffice.
struct GrowingBuffer<Element: BitwiseCopyable>: ~Copyable {
  private var storage: UnsafeMutableBufferPointer<Element> = .init(start: nil, count: 0)

  deinit { storage.deallocate() }

  /// Memory for so many elements, 64-byte aligned, valid until the next call; what it holds is undefined.
  mutating func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
    if count > storage.count || storage.baseAddress == nil {
      storage.deallocate()
      // A quarter more, so that a slowly growing need does not cost an allocation each time.
      let capacity = max(count + count / 4, 16)
      let block = UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Element>.stride, alignment: 64)
      storage = UnsafeMutableBufferPointer(start: block.bindMemory(to: Element.self, capacity: capacity), count: capacity)
    }
    guard let base = storage.baseAddress else { preconditionFailure("an allocated buffer has an address") }
    return base
  }
}
