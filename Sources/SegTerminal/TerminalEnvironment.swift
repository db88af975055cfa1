internal import Glibc

/// What the environment says about the terminal, as pure functions of its variables.
enum TerminalEnvironment {
  /// The process's environment by name.
  static var current: [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") { result[String(line[..<equals])] = String(line[line.index(after: equals)...]) }
      entry += 1
    }
    return result
  }

  /// The locale to set for characters: the user's where it is UTF-8; C.UTF-8 where none is chosen, since terminals without UTF-8 are rarer than
  /// containers without a locale; nil where another character set is asked for, which rules block characters out.
  static func utf8Locale(environment: [String: String]) -> String? {
    let chosen = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "C"
    if chosen == "C" || chosen == "POSIX" { return "C.UTF-8" }
    guard let dot = chosen.firstIndex(of: ".") else { return "C.UTF-8" }
    let codeset = chosen[chosen.index(after: dot)...].prefix { $0 != "@" }.lowercased().filter { $0 != "-" }
    return codeset == "utf8" ? chosen : nil
  }
}
