/// Events a second over a sliding window, such as frames shown; a ring of the last moments.
package struct RateMeter: Sendable {
  private var moments: [UInt64]
  private var next = 0
  private var recorded = 0
  private let window: UInt64

  /// Makes a meter over the last `window` nanoseconds and at most `capacity` events.
  package init(window: UInt64 = 2_000_000_000, capacity: Int = 256) {
    moments = [UInt64](repeating: 0, count: capacity)
    self.window = window
  }

  /// Notes an event at a reading of the wall clock in nanoseconds.
  package mutating func record(at wall: UInt64) {
    moments[next] = wall
    next = (next + 1) % moments.count
    recorded = min(recorded + 1, moments.count)
  }

  /// Forgets every event, after a seek or a pause.
  package mutating func reset() { recorded = 0 }

  /// Events a second among those in the window that ends at `wall`; 0 with fewer than two.
  package func rate(at wall: UInt64) -> Double {
    var oldest = wall
    var newest: UInt64 = 0
    var count = 0
    for back in 0..<recorded {
      let moment = moments[(next - 1 - back + moments.count) % moments.count]
      if wall > moment && wall - moment > window { break }
      oldest = min(oldest, moment)
      newest = max(newest, moment)
      count += 1
    }
    guard count > 1, newest > oldest else { return 0 }
    return Double(count - 1) * 1e9 / Double(newest - oldest)
  }
}
