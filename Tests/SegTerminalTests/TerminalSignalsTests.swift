import Foundation
import SegTestSupport
import Testing

@testable import SegTerminal

/// However the program ends, the terminal is as it was.
@Suite(.serialized) struct TerminalSignalsTests {
  static func isClean(_ terminal: PseudoTerminal) -> Bool {
    let clean = terminal.modes == PseudoTerminal.freshModes && terminal.screen.modes == [7, 25]
    if !clean { print("modes became \(terminal.modes), private modes \(terminal.screen.modes.sorted())") }
    return clean
  }

  @Test(
    "signals end the program by their own number and leave the terminal clean",
    arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP])
  func endsBy(signal: Int32) throws {
    let terminal = try TerminalScreenTests.start()
    #expect(terminal.wait { $0.screen.updates > 3 })
    #expect(terminal.modes != PseudoTerminal.freshModes)
    terminal.signal(signal)
    #expect(terminal.end() == -Int(signal))
    #expect(TerminalSignalsTests.isClean(terminal))
  }

  @Test func trapsAndThrownErrorsLeaveTheTerminalClean() throws {
    let trapped = try TerminalScreenTests.start()
    #expect(trapped.wait { $0.screen.updates > 3 })
    trapped.send("x")
    let status = try #require(trapped.end())
    #expect([-Int(SIGILL), -Int(SIGTRAP)].contains(status))
    #expect(TerminalSignalsTests.isClean(trapped))

    let thrown = try TerminalScreenTests.start()
    #expect(thrown.wait { $0.screen.updates > 3 })
    thrown.send("t")
    #expect(thrown.end() == 1)
    #expect(TerminalSignalsTests.isClean(thrown))
    #expect(String(decoding: thrown.output, as: UTF8.self).contains("probe: thrown") || thrown.screen.lines.joined().contains("probe"))
  }

  @Test func aProgramThatDoesNotEndIsEndedByForce() throws {
    let terminal = try TerminalScreenTests.start()
    #expect(terminal.wait { $0.screen.updates > 3 })
    terminal.send("b")
    usleep(200_000)
    terminal.signal(SIGTERM)
    #expect(terminal.end(seconds: 5) == -Int(SIGTERM))
    #expect(TerminalSignalsTests.isClean(terminal))
  }

  @Test("the end is not kept back by a terminal that takes nothing", arguments: [SIGTERM, SIGSEGV, SIGQUIT]) func endsUnread(signal: Int32) throws {
    let terminal = try TerminalScreenTests.start(["fps=500"])
    #expect(terminal.wait { $0.screen.updates > 3 })
    usleep(500_000)
    terminal.signal(signal)
    #expect(terminal.end(seconds: 5, reading: false) == -Int(signal))
    #expect(terminal.modes == PseudoTerminal.freshModes)
  }

  @Test func stopsAndComesBack() throws {
    let terminal = try TerminalScreenTests.start()
    #expect(terminal.wait { $0.screen.updates > 3 })
    // The leader of a session with no other process is orphaned, and the kernel ignores its stop signals but SIGSTOP.
    terminal.signal(SIGTSTP)
    #expect(terminal.wait { $0.screen.lines[0].contains("resumed 1") })
    #expect(terminal.screen.modes.contains(1049) && !terminal.screen.modes.contains(25))
    terminal.signal(SIGSTOP)
    #expect(terminal.isStopped())
    terminal.signal(SIGCONT)
    #expect(terminal.wait { $0.screen.lines[0].contains("resumed 2") })
    let updates = terminal.screen.updates
    #expect(terminal.wait { $0.screen.updates > updates + 3 })
    #expect(
      TerminalScreenTests.glyphs(terminal, in: CellRectangle(left: 5, top: 1, size: CellSize(columns: 50, rows: 14))).isSubset(of: TerminalScreenTests.blocks))
    terminal.send("q")
    #expect(terminal.end() == 0)
    #expect(TerminalSignalsTests.isClean(terminal))
  }
}
