import Testing

@testable import SegTerminal

@Suite struct TerminalEnvironmentTests {
  @Test(
    "the locale is the user's where it is UTF-8",
    arguments: [
      ([:], "C.UTF-8"), (["LANG": "C"], "C.UTF-8"), (["LC_ALL": "POSIX", "LANG": "de_DE.ISO-8859-1"], "C.UTF-8"), (["LANG": "de_DE.UTF-8"], "de_DE.UTF-8"),
      (["LANG": "de_DE.utf8@euro"], "de_DE.utf8@euro"), (["LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"], "C.UTF-8"), (["LANG": "de_DE"], "C.UTF-8"),
      (["LC_ALL": "en_US.ISO-8859-15"], nil), (["LC_CTYPE": "ja_JP.eucJP", "LANG": "C.UTF-8"], nil),
    ] as [([String: String], String?)])
  func localeOf(environment: [String: String], locale: String?) {
    #expect(TerminalEnvironment.utf8Locale(environment: environment) == locale)
  }

  @Test func theProcessEnvironmentIsRead() {
    #expect(TerminalEnvironment.current["PATH"]?.isEmpty == false)
  }
}
