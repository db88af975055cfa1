import Foundation
import SegTestSupport
import Testing

@testable import SegTerminal

/// The screen in a pseudo-terminal, by a small program that shows a gradient (`segterminalprobe`).
@Suite(.serialized) struct TerminalScreenTests {
  static func start(_ arguments: [String] = [], columns: Int = 60, rows: Int = 16, environment: [String: String] = [:]) throws -> PseudoTerminal {
    try PseudoTerminal(PseudoTerminal.product("segterminalprobe"), arguments, columns: columns, rows: rows, environment: environment)
  }

  static func glyphs(_ terminal: PseudoTerminal, in rectangle: CellRectangle) -> Set<String> {
    var glyphs: Set<String> = []
    for row in 0..<rectangle.size.rows {
      for column in 0..<rectangle.size.columns { glyphs.insert(terminal.screen.cells[rectangle.top + row][rectangle.left + column].text) }
    }
    return glyphs
  }

  static let blocks: Set<String> = ["▀", "▄", "█", " "]

  @Test func showsHeaderVideoAndFooter() throws {
    let terminal = try TerminalScreenTests.start()
    #expect(terminal.wait { $0.screen.updates > 3 && $0.screen.lines[0].contains("street.mp4") })
    let lines = terminal.screen.lines
    #expect(lines[0].hasPrefix(" ▶ street.mp4 key none") && lines[0].hasSuffix("resumed 0"))
    #expect(lines[15].hasPrefix(" 0:12 ━━") && lines[15].hasSuffix("━ 1:30"))
    // 640x360 in 60 x 14 cells of 1:2: 50 x 28 pixels in the middle.
    #expect(
      TerminalScreenTests.glyphs(terminal, in: CellRectangle(left: 5, top: 1, size: CellSize(columns: 50, rows: 14))).isSubset(of: TerminalScreenTests.blocks))
    #expect(TerminalScreenTests.glyphs(terminal, in: CellRectangle(left: 0, top: 1, size: CellSize(columns: 5, rows: 14))) == [" "])
    #expect(terminal.screen.cells[8][30].foreground > 0xFF_FFFF && terminal.screen.cells[8][2].background == -1)
    #expect(terminal.screen.modes.isSuperset(of: [1049, 7]) && !terminal.screen.modes.contains(25))
    #expect(terminal.screen.unknown.isEmpty, "\(terminal.screen.unknown)")
    #expect(terminal.screen.scrolled == 0)
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func aPanelComesAndGoesWithoutAStrayCell() throws {
    let terminal = try TerminalScreenTests.start()
    terminal.send("?")
    #expect(terminal.wait { $0.screen.lines.contains { $0.contains("╭─ Keys ─") } })
    let updates = terminal.screen.updates
    #expect(terminal.wait { $0.screen.updates > updates + 5 })
    let panel = terminal.screen.lines.filter { $0.contains("│") || $0.contains("╭") || $0.contains("╰") }
    #expect(
      panel.map { $0.drop { !"│╭╰".contains($0) }.prefix(36) } == [
        "╭─ Keys ───────────────────────────╮", "│ space                      pause │", "│ m  mask, contour, mask only, off │",
        "│ q                           quit │", "╰──────────────────────────────────╯",
      ])
    terminal.send("?")
    #expect(terminal.wait { !$0.screen.lines.contains { $0.contains("Keys") } })
    let closed = terminal.screen.updates
    #expect(terminal.wait { $0.screen.updates > closed + 2 })
    #expect(
      TerminalScreenTests.glyphs(terminal, in: CellRectangle(left: 5, top: 1, size: CellSize(columns: 50, rows: 14))).isSubset(of: TerminalScreenTests.blocks))
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func aResizeLaysEverythingOutAnew() throws {
    let terminal = try TerminalScreenTests.start()
    #expect(terminal.wait { $0.screen.updates > 3 })
    for (columns, rows) in [(100, 30), (10, 3), (1, 1), (3, 40), (40, 12)] {
      terminal.resize(columns: columns, rows: rows)
      #expect(terminal.wait { $0.screen.updates > 4 }, "\(columns)x\(rows)")
      // What the program sent before it knew the size may have scrolled.
      let (scrolled, updates) = (terminal.screen.scrolled, terminal.screen.updates)
      #expect(terminal.wait { $0.screen.updates > updates + 4 })
      #expect(terminal.screen.scrolled == scrolled, "\(columns)x\(rows)")
    }
    #expect(terminal.wait { $0.screen.lines[11].hasPrefix(" 0:12") && $0.screen.lines[0].contains("resize") })
    #expect(
      TerminalScreenTests.glyphs(terminal, in: CellRectangle(left: 2, top: 1, size: CellSize(columns: 36, rows: 10))).isSubset(of: TerminalScreenTests.blocks))
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test("every mode and depth draws and leaves cleanly", arguments: ["half", "quadrant", "sextant", "braille", "ascii"], ["24bit", "256", "16", "none"])
  func modes(mode: String, colours: String) throws {
    let terminal = try TerminalScreenTests.start(["pixels=\(mode)", "colours=\(colours)", "frames=6", "fps=200"], columns: 41, rows: 11)
    #expect(terminal.end() == 0)
    #expect(terminal.screen.unknown.isEmpty && terminal.screen.isComplete, "\(terminal.screen.unknown)")
    #expect(terminal.modes == PseudoTerminal.freshModes)
    #expect(!terminal.screen.modes.contains(1049) && terminal.screen.modes.contains(25) && !terminal.screen.modes.contains(2026))
    let text = String(decoding: terminal.output, as: UTF8.self)
    #expect(text.contains("38;2;") == (colours == "24bit"))
    if colours == "none" { #expect(!text.contains("38;") && !text.contains("48;") && !text.contains("▀")) }
    if colours == "16" { #expect(!text.contains("38;")) }
  }

  @Test func colourFollowsTheEnvironment() throws {
    for (environment, marker) in [(["COLORTERM": "truecolor"], "38;2;"), (["COLORTERM": ""], "38;5;"), (["NO_COLOR": "1"], "street.mp4")] {
      let terminal = try TerminalScreenTests.start(["frames=3"], environment: environment)
      #expect(terminal.end() == 0)
      let text = String(decoding: terminal.output, as: UTF8.self)
      #expect(text.contains(marker))
      if environment["NO_COLOR"] != nil { #expect(!text.contains("38;") && !text.contains("[3") || !text.contains("38;2;")) }
    }
  }

  @Test func otherCharacterSetsGetNothingButTheirOwn() throws {
    let terminal = try TerminalScreenTests.start(["frames=3"], environment: ["LC_ALL": "en_US.ISO-8859-1"])
    #expect(terminal.end() == 0)
    #expect(!String(decoding: terminal.output, as: UTF8.self).contains("▀"))
  }

  @Test func saysWhatIsWrongWithATerminal() throws {
    for (environment, words) in [(["TERM": "dumb"], "cannot show video"), (["TERM": "no-such-terminal"], "no terminfo entry")] {
      let terminal = try TerminalScreenTests.start(environment: environment)
      #expect(terminal.end() == 1)
      let text = String(decoding: terminal.output, as: UTF8.self)
      #expect(text.contains(words) && !text.contains("\u{1B}"), "\(text)")
    }
    let terminal = try TerminalScreenTests.start(["pixels=sixel"])
    #expect(terminal.end() == 1)
    #expect(String(decoding: terminal.output, as: UTF8.self).contains("not available yet"))
  }

  @Test func keysArriveAsTyped() throws {
    let terminal = try TerminalScreenTests.start(columns: 100)
    #expect(terminal.wait { $0.screen.updates > 2 })
    for (keys, words) in [("\u{1B}[D", "arrow"), ("m", "character(\"m\")"), ("\u{1B}", "escape"), ("\u{0C}", "control(\"l\")")] {
      terminal.send(keys)
      #expect(terminal.wait { $0.screen.lines[0].contains(words) }, "\(words)")
    }
    terminal.send("q")
    #expect(terminal.end() == 0)
  }
}
