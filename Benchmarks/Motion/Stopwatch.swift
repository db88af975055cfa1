import Glibc

/// Measures short times.
enum Stopwatch {
  /// Microseconds on a clock that only goes forward.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  /// The least microseconds that `body` took over several runs.
  static func least(of runs: Int, _ body: () -> Void) -> Double {
    var least = Double.infinity
    for _ in 0..<runs {
      let start = now
      body()
      least = min(least, now - start)
    }
    return least
  }
}
