import Foundation
import Synchronization

/// Whether somebody asked the process to stop by SIGINT, SIGTERM or SIGHUP; a second request ends it at once.
struct Interruption: Sendable {
  private static let requested = Atomic(false)

  /// Starts to listen.
  init() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { received in
        if Interruption.requested.exchange(true, ordering: .relaxed) {
          signal(received, SIG_DFL)
          raise(received)
        }
      }
    }
  }

  /// Whether a request has come.
  var isRequested: Bool { Self.requested.load(ordering: .relaxed) }
}
