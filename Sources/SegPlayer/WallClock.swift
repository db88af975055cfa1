import Glibc

/// The monotonic clock of the machine.
package enum WallClock {
  /// Nanoseconds since a fixed moment; never goes back.
  package static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
