/// Measures a piece of work on the calling thread.
enum Stopwatch {
  /// Prints the median and the least time of `repetitions` runs, after a tenth as many that do not count.
  static func measure(_ title: String, repetitions: Int = 200, _ work: () -> Void) {
    let clock = ContinuousClock()
    for _ in 0..<max(1, repetitions / 10) { work() }
    let times = (0..<repetitions).map { _ in clock.measure(work) / .milliseconds(1) }.sorted()
    let digits = { (time: Double) in
      let thousandths = Int((time * 1000).rounded())
      let fraction = String(thousandths % 1000)
      return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
    print("\(title): median \(digits(times[repetitions / 2])) ms, least \(digits(times[0])) ms")
  }
}
