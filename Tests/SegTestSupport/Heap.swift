import CSegTestSupport

/// The process's C heap, where Swift's objects live too.
public enum Heap {
  /// Bytes in use, of all threads.
  public static var bytesInUse: Int { seg_test_heap_bytes() }
  /// How often memory was asked for, by all threads; 0 under sanitizers.
  public static var allocationCount: Int { seg_test_allocation_count() }
}
