/// Where the bytes of tensors are.
enum TensorStorage: Sendable {
  case memory(TensorMemory)
  /// In a file, from `offset` on.
  case file(TensorFile, offset: Int)
  /// Nowhere: the function writes the same ones each time.
  case made(@Sendable (UnsafeMutableRawBufferPointer) -> Void)

  /// Storage of `byteCount` bytes in memory, which start as zero and are written by `fill`.
  init<Failure: Error>(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    let memory = TensorMemory(byteCount: byteCount)
    memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    try fill(memory.bytes)
    self = .memory(memory)
  }

  /// Writes all bytes to `target`, which has room for as many.
  func read(into target: UnsafeMutableRawBufferPointer) {
    switch self {
    case .memory(let memory): target.copyMemory(from: UnsafeRawBufferPointer(memory.bytes))
    case .file(let file, let offset): file.read(into: target, at: offset)
    case .made(let make): make(target)
    }
  }

  /// Calls `body` with all bytes, `count` of them; those that are not in memory are there for the time of the call.
  func withBytes<Result, Failure: Error>(count: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure) -> Result {
    let memory: TensorMemory
    if case .memory(let held) = self {
      memory = held
    } else {
      memory = TensorMemory(byteCount: count)
      read(into: memory.bytes)
    }
    defer { withExtendedLifetime(memory) {} }
    return try body(UnsafeRawBufferPointer(memory.bytes))
  }
}

/// Memory for the bytes of tensors: 64-byte aligned, written before it is shared, freed with its last tensor.
final class TensorMemory: @unchecked Sendable {
  // Safe to share: nothing writes to the bytes after the storage is made.
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) { bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64) }

  deinit { bytes.deallocate() }
}
