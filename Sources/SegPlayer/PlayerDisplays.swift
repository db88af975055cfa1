import Glibc
import SegBase
import SegTerminal
import SegVideo

/// Chooses where a player shows its frames.
enum PlayerDisplays {
  /// The terminal on standard output, or plain status lines where there is none or a dumb one, which knows no escapes.
  /// - Throws: when the terminal cannot be used.
  static func make(_ configuration: PlayerConfiguration, _ information: MediaInformation) throws(InputError) -> any PlayerDisplay {
    let name = getenv("TERM").map { String(cString: $0) } ?? ""
    if isatty(STDOUT_FILENO) == 1, name != "dumb", !name.isEmpty { return try TerminalDisplay(configuration, displaySize: information.displaySize) }
    try TerminalSignals.install()
    return StatusLineDisplay(write: { print($0) }, quitSignal: { TerminalSignals.quitSignal })
  }
}
