import CSegTestSupport

/// The process's C heap, where Swift's objects live too.
public enum Heap {
  /// Bytes in use, of all threads.
  public static var bytesInUse: Int { seg_test_heap_bytes() }
}
