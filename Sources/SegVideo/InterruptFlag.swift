internal import CFFmpeg
internal import Glibc
internal import Synchronization

/// Tells FFmpeg's blocking calls to give up: because somebody asked, or because the network was silent for too long.
final class InterruptFlag: Sendable {
  private let raised = Atomic<Bool>(false)
  private let deadline = Atomic<Int64>(.max)

  /// Whether somebody asked to stop. It stays so.
  var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Whether a blocking call should give up now.
  var mustStop: Bool {
    if isRaised { return true }
    let limit = deadline.load(ordering: .relaxed)
    return limit != .max && InterruptFlag.now() > limit
  }

  /// Asks to stop, from any thread.
  func raise() { raised.store(true, ordering: .relaxed) }

  /// Lets blocking calls run for this many seconds from now; nil for as long as they like.
  func allow(seconds: Int64?) {
    deadline.store(seconds.map { InterruptFlag.now() + $0 * 1_000_000_000 } ?? .max, ordering: .relaxed)
  }

  /// FFmpeg's callback for this flag, which must outlive the context it is given to.
  var callback: AVIOInterruptCB {
    AVIOInterruptCB(
      callback: { opaque in
        guard let opaque else { return 0 }
        return Unmanaged<InterruptFlag>.fromOpaque(opaque).takeUnretainedValue().mustStop ? 1 : 0
      }, opaque: Unmanaged.passUnretained(self).toOpaque())
  }

  /// Monotonic nanoseconds.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
