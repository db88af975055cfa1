import Glibc

/// Memory for maps and scratch that ends where pages begin which, if they are guarded, end the process when they are touched; freed with it.
final class GuardedMemory {
  private let isGuarded: Bool
  private var blocks: [UnsafeMutableRawBufferPointer] = []

  init(isGuarded: Bool) { self.isGuarded = isGuarded }

  deinit { for block in blocks { munmap(block.baseAddress, block.count) } }

  /// A copy of bytes, which lie at a multiple of 64 where their count is one.
  func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
    // Nothing else is near, so that reading on does not end tests that are to find wrong results.
    let (page, beyond) = (4096, 1 << 16)
    let room = (bytes.count + page - 1) / page * page
    guard let base = mmap(nil, room + beyond, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED else {
      preconditionFailure("memory for a test")
    }
    blocks.append(UnsafeMutableRawBufferPointer(start: base, count: room + beyond))
    let start = (base + room - bytes.count).assumingMemoryBound(to: UInt8.self)
    for (index, byte) in bytes.enumerated() { start[index] = byte }
    if isGuarded { precondition(mprotect(base + room, beyond, PROT_NONE) == 0, "pages that are guarded") }
    return start
  }

  /// A copy of bytes that lies at a multiple of 64, with zeros behind it up to the next.
  func aligned(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> { copy(bytes + [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)) }
}
