import Glibc

/// Memory for maps and scratch that ends where a page begins which, if it is guarded, ends the process when it is touched; freed with it.
final class GuardedMemory {
  private let isGuarded: Bool
  private var blocks: [UnsafeMutableRawBufferPointer] = []

  init(isGuarded: Bool) { self.isGuarded = isGuarded }

  deinit { for block in blocks { munmap(block.baseAddress, block.count) } }

  /// A copy of bytes, which lie at a multiple of 64 where their count is one.
  func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
    let page = 4096
    let room = (bytes.count + page - 1) / page * page
    guard let base = mmap(nil, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED else {
      preconditionFailure("memory for a test")
    }
    blocks.append(UnsafeMutableRawBufferPointer(start: base, count: room + page))
    let start = (base + room - bytes.count).assumingMemoryBound(to: UInt8.self)
    for (index, byte) in bytes.enumerated() { start[index] = byte }
    if isGuarded { precondition(mprotect(base + room, page, PROT_NONE) == 0, "a page that is guarded") }
    return start
  }
}
