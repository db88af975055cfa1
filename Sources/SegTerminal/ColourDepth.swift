/// How many colours a terminal can show.
public enum ColourDepth: Int, Comparable, CaseIterable, Sendable {
  /// No colour at all.
  case none = 0
  /// The 8 ANSI colours and their bright variants.
  case ansi16 = 1
  /// xterm's 256 colours.
  case indexed256 = 2
  /// 16 million: 8 bits of red, green and blue.
  case direct24 = 3

  /// Fewer colours come first.
  public static func < (left: ColourDepth, right: ColourDepth) -> Bool { left.rawValue < right.rawValue }

  /// What is known about a terminal's colours: its terminfo entry.
  public struct Capabilities: Hashable, Sendable {
    /// The `colors` number; below 0 when the entry has none.
    public var colours: Int
    /// Whether the entry has `RGB` or `Tc`.
    public var direct: Bool

    /// Makes capabilities from an entry's `colors` number and whether it has `RGB` or `Tc`.
    public init(colours: Int, direct: Bool) {
      self.colours = colours
      self.direct = direct
    }
  }

  /// The depth to use in an environment, first match wins: a non-empty NO_COLOR; TERM absent, empty or "dumb"; COLORTERM=truecolor or 24bit;
  /// the terminfo entry; the name of the terminal.
  ///
  /// - Parameters:
  ///   - environment: the process's environment variables by name.
  ///   - capabilities: the terminfo entry of TERM, nil when there is none.
  public static func detect(environment: [String: String], capabilities: Capabilities?) -> ColourDepth {
    if let value = environment["NO_COLOR"], !value.isEmpty { return .none }
    let terminal = environment["TERM"] ?? ""
    if terminal.isEmpty || terminal == "dumb" { return .none }
    if ["truecolor", "24bit"].contains(environment["COLORTERM"]?.lowercased()) { return .direct24 }
    if let capabilities {
      if capabilities.direct || capabilities.colours > 256 { return .direct24 }
      if terminal.hasSuffix("-direct") { return .direct24 }
      if capabilities.colours >= 256 { return byName(terminal) == .direct24 ? .direct24 : .indexed256 }
      if capabilities.colours >= 8 { return .ansi16 }
      return .none
    }
    return byName(terminal)
  }

  private static func byName(_ terminal: String) -> ColourDepth {
    let direct = ["kitty", "alacritty", "foot", "wezterm", "ghostty", "contour", "iterm"]
    if terminal.hasSuffix("-direct") || direct.contains(where: { terminal.contains($0) }) { return .direct24 }
    if terminal.contains("256color") { return .indexed256 }
    return terminal.hasPrefix("vt") ? .none : .ansi16
  }
}
