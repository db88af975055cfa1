import SegCheckpoint

/// Feeds the bytes to the NumPy reader; any error is fine, a crash is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNumpy(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  _ = try? NumpyFile.parse(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
