import Testing

@testable import SegTerminal

@Suite struct ColourDepthTests {
  static let table: [([String: String], ColourDepth.Capabilities?, ColourDepth)] = [
    ([:], nil, .none),
    (["TERM": "dumb", "COLORTERM": "truecolor"], nil, .none),
    (["TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"], .init(colours: 256, direct: true), .none),
    (["TERM": "xterm-256color", "NO_COLOR": "", "COLORTERM": "truecolor"], .init(colours: 256, direct: false), .direct24),
    (["TERM": "xterm", "COLORTERM": "24bit"], .init(colours: 8, direct: false), .direct24),
    (["TERM": "xterm", "COLORTERM": "TrueColor"], .init(colours: 8, direct: false), .direct24),
    (["TERM": "xterm", "COLORTERM": "yes"], .init(colours: 8, direct: false), .ansi16),
    (["TERM": "xterm-256color"], .init(colours: 256, direct: false), .indexed256),
    (["TERM": "tmux-256color"], .init(colours: 256, direct: true), .direct24),
    (["TERM": "xterm-direct"], .init(colours: 16_777_216, direct: true), .direct24),
    (["TERM": "xterm-kitty"], .init(colours: 256, direct: false), .direct24),
    (["TERM": "vt100"], .init(colours: -1, direct: false), .none),
    (["TERM": "linux"], .init(colours: 8, direct: false), .ansi16),
    (["TERM": "xterm-16color"], .init(colours: 16, direct: false), .ansi16),
    (["TERM": "alacritty"], nil, .direct24),
    (["TERM": "something-256color"], nil, .indexed256),
    (["TERM": "vt220"], nil, .none),
    (["TERM": "something"], nil, .ansi16),
  ]

  @Test("the environment decides in the documented order", arguments: table.indices) func detects(index: Int) {
    let (environment, capabilities, depth) = ColourDepthTests.table[index]
    #expect(ColourDepth.detect(environment: environment, capabilities: capabilities) == depth, "\(environment)")
  }
}
