internal import CTerminalGuard
internal import Glibc
public import SegBase

/// Signals as events, and the promise that the terminal is left as it was found.
///
/// INT, TERM and HUP ask for an orderly end: `quitSignal` tells of them. Unless `holdDeadline` is called within a second, or when a second one comes,
/// the terminal is restored and the process ends by the signal. QUIT and the signals of a crash do so at once. TSTP restores the terminal, stops the
/// process and brings its screen back when it is continued. Everything may be called on any thread.
public enum TerminalSignals {
  /// Something that happened to the process.
  public enum Event: Hashable, Sendable {
    /// A signal asks the program to end; its number.
    case quit(signal: Int32)
    /// The process was stopped and continues.
    case resumed
    /// The terminal's window has another size.
    case resized
  }

  /// Installs the handlers; once a process is enough. Signals that were ignored at the start (nohup) stay ignored.
  public static func install() throws(InputError) {
    if seg_guard_install() != 0 { throw InputError("cannot handle signals: \(String(cString: strerror(errno)))") }
  }

  /// A descriptor that becomes readable when an event waits, for `poll`; -1 before `install`.
  public static var descriptor: Int32 { seg_guard_descriptor() }

  /// Takes the next event, nil when there is none. Only one thread gets each; a `TerminalScreen` takes them itself, in `nextKey`.
  public static func next() -> Event? {
    switch seg_guard_next_event() {
    case 0: nil
    case Int32(SEG_GUARD_RESUMED): .resumed
    case Int32(SEG_GUARD_RESIZED): .resized
    case let signal: .quit(signal: signal)
    }
  }

  /// The signal that asked the program to end, nil when none did. Stays set; for loops that poll.
  public static var quitSignal: Int32? {
    let signal = seg_guard_quit_signal()
    return signal == 0 ? nil : signal
  }

  /// Calls the forced end off: the program promises to end by itself, however long it takes. A second signal still ends it at once.
  public static func holdDeadline() { seg_guard_hold_deadline() }

  /// Ends the process as the signal would have: with its default action, so that a shell sees the right exit status. The terminal is restored.
  public static func end(by signal: Int32) -> Never { seg_guard_end_by(signal) }

  /// Gives the calling thread a stack for handlers, so that even an overflow of its own stack leaves the terminal restored.
  public static func protectThread() { seg_guard_protect_thread() }
}
