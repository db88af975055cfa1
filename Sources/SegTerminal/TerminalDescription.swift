internal import CNCursesW
internal import Glibc
internal import SegBase

/// What terminfo says about the terminal on standard output.
struct TerminalDescription {
  /// Colours by the entry.
  var colours: ColourDepth.Capabilities
  /// What brings the program's screen back after a stop.
  var enter: String
  /// What leaves it, whatever state it is in.
  var leave: String

  /// Looks the terminal up. Throws when standard output is none, when it is unknown, or when it does not understand ANSI cursor movement.
  static func ofStandardOutput(environment: [String: String]) throws(InputError) -> TerminalDescription {
    if isatty(1) == 0 { throw InputError("not a terminal", subject: "standard output") }
    let name = environment["TERM"] ?? ""
    if name.isEmpty || name == "dumb" { throw InputError("the terminal cannot show video", subject: "TERM=\(name)", advice: "set TERM to the terminal's name") }
    var status: Int32 = 0
    if setupterm(name, 1, &status) != OK {
      throw InputError("no terminfo entry for this terminal", subject: "TERM=\(name)", advice: "install ncurses-term or set TERM=xterm-256color")
    }
    defer { del_curterm(seg_current_terminal()) }
    guard let movement = capability("cup"), movement.hasPrefix("\u{1B}["), movement.hasSuffix("H") else {
      throw InputError("the terminal does not understand ANSI cursor movement", subject: "TERM=\(name)")
    }
    let direct = tigetflag("RGB") > 0 || tigetnum("RGB") > 0 || capability("RGB") != nil || tigetflag("Tc") > 0
    let ownColours = ColourDepth.Capabilities(colours: Int(tigetnum("colors")), direct: direct)
    let text = { (name: String) in capability(name) ?? "" }
    let mouseOff = "\u{1B}[?1000l\u{1B}[?1002l\u{1B}[?1003l\u{1B}[?1006l"
    return TerminalDescription(
      colours: ownColours,
      enter: text("smcup") + text("civis") + text("clear"),
      leave: "\u{1B}[?2026l" + mouseOff + text("sgr0") + text("op") + text("rmkx") + text("cnorm") + text("rmcup"))
  }

  /// A string capability without its padding.
  private static func capability(_ name: String) -> String? {
    guard let text = seg_capability(name) else { return nil }
    // Padding is written "$<milliseconds>".
    var result: [UInt8] = []
    var padding = false
    for byte in String(cString: text).utf8 {
      if byte == UInt8(ascii: "<"), result.last == UInt8(ascii: "$") {
        result.removeLast()
        padding = true
      }
      if !padding { result.append(byte) }
      if byte == UInt8(ascii: ">") { padding = false }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Opens streams of our own for ncurses on the terminal, so that closing them leaves the standard ones open.
  static func open() throws(InputError) -> (Int32, Int32, (output: UnsafeMutablePointer<FILE>, input: UnsafeMutablePointer<FILE>)) {
    let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
    let input = isatty(0) != 0 ? fcntl(0, F_DUPFD_CLOEXEC, 3) : Glibc.open("/dev/tty", O_RDONLY | O_CLOEXEC)
    guard output >= 0, input >= 0, let outputFile = fdopen(output, "w"), let inputFile = fdopen(input, "r") else {
      throw InputError("cannot read keys", subject: "/dev/tty", advice: "run it from a terminal")
    }
    return (output, input, (outputFile, inputFile))
  }
}
