import SegCheckpoint

/// Feeds the bytes to the checkpoint reader; any error is fine, a crash is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCheckpoint(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  _ = try? Checkpoint.parse(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
