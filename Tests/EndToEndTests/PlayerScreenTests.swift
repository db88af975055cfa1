import Foundation
import SegTestSupport
import Testing

/// The player as a user sees it: the built program in a pseudo-terminal, keys in, a screen out.
@Suite(.serialized) struct PlayerScreenTests {
  private static let street = SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path

  private func play(_ arguments: [String], columns: Int = 100, rows: Int = 30, environment: [String: String] = [:]) throws -> PseudoTerminal {
    try PseudoTerminal(PseudoTerminal.product("segplay"), arguments, columns: columns, rows: rows, environment: environment)
  }

  private func text(_ terminal: PseudoTerminal) -> String { terminal.screen.lines.joined(separator: "\n") }

  @Test func bundledVideoAndModelShowMasksAndFigures() throws {
    // A machine that is quick enough gives every frame a full pass under realtime, and then there is no loss to predict.
    let terminal = try play(["--schedule", "fixed:5"])
    #expect(
      terminal.wait(seconds: 30) { text($0).contains("road") && text($0).contains("mask age") && text($0).contains("predicted loss") },
      "\(terminal.screen.lines)")
    let lines = terminal.screen.lines
    #expect(lines[0].contains("segplay") && lines[0].contains("street.mp4") && lines[0].contains("640x360"))
    #expect(lines[27].contains("video 30.0 fps") && lines[27].contains("dropped") && lines[28].contains("predicted loss"))
    let colours = Set(terminal.screen.cells[5..<20].joined().map(\.foreground))
    #expect(colours.count > 100)
    terminal.send("q")
    #expect(terminal.end() == 0)
    #expect(!terminal.screen.modes.contains(1049) && terminal.screen.modes.contains(25))
  }

  @Test func pausesSeeksAndSteps() throws {
    let terminal = try play([Self.street, "--model", "none", "--loop"])
    #expect(terminal.wait { text($0).contains("▶ 0:0") })
    terminal.send(" ")
    #expect(terminal.wait { text($0).contains("❚❚") })
    terminal.send("\u{1B}[C")
    #expect(terminal.wait { text($0).contains("❚❚ 0:05") || text($0).contains("❚❚ 0:06") })
    terminal.send("\u{1B}[H")
    #expect(terminal.wait { text($0).contains("❚❚ 0:00") })
    terminal.send(String(repeating: ".", count: 35))
    #expect(terminal.wait { text($0).contains("❚❚ 0:01") }, "35 steps of a 30 fps video pass a second")
    terminal.send(String(repeating: ",", count: 10))
    #expect(terminal.wait { text($0).contains("❚❚ 0:00") })
    terminal.send("]]")
    #expect(terminal.wait { text($0).contains("1.5x") })
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func viewsCycleAndHelpOpensAndCloses() throws {
    let terminal = try play([Self.street, "--loop"])
    #expect(terminal.wait(seconds: 30) { text($0).contains("road") })
    terminal.send(" ")
    #expect(terminal.wait { text($0).contains("❚❚") })
    func picture() -> [Int] { terminal.screen.cells[4..<22].joined().map(\.foreground) }
    _ = terminal.wait(seconds: 0.3) { _ in false }
    var pictures: Set<[Int]> = []
    for _ in 0..<4 {
      let before = picture()
      terminal.send("m")
      #expect(terminal.wait { _ in picture() != before })
      // The whole of it may take a few writes.
      _ = terminal.wait(seconds: 0.3) { _ in false }
      pictures.insert(picture())
    }
    #expect(pictures.count == 4)
    terminal.send("?")
    #expect(terminal.wait { text($0).contains("pause and go on") })
    terminal.send("?")
    #expect(terminal.wait { !text($0).contains("pause and go on") })
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func savesAPictureAndExportsAVideo() throws {
    try Program.withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("drive.mp4").path
      try FileManager.default.copyItem(atPath: Self.street, toPath: copy)
      let script = "cd '\(folder.path)' && exec '\(PseudoTerminal.product("segplay"))' drive.mp4 --loop"
      let terminal = try PseudoTerminal("/bin/sh", ["-c", script], columns: 160, rows: 30)
      #expect(terminal.wait(seconds: 30) { text($0).contains("road") })
      terminal.send("p")
      #expect(terminal.wait { text($0).contains("saved drive-") })
      terminal.send("e")
      #expect(terminal.wait { text($0).contains("REC") })
      _ = terminal.wait(seconds: 1) { _ in false }
      terminal.send("e")
      #expect(terminal.wait { text($0).contains("exported ") })
      terminal.send("q")
      #expect(terminal.end() == 0)
      let made = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("drive-") }
      #expect(made.contains { $0.hasSuffix(".png") } && made.contains { $0.hasSuffix(".mp4") } && made.count == 2, "\(made)")
      for name in made { #expect(try Program.run([folder.appendingPathComponent(name).path, "--model", "none", "--frames", "1"]).status == 0) }
    }
  }

  @Test func modelsSwitchByKeyAndMissingOnesAreSaid() throws {
    let terminal = try play([Self.street, "--loop"], columns: 140)
    #expect(terminal.wait(seconds: 30) { text($0).contains("road") })
    terminal.send("0")
    #expect(terminal.wait { text($0).contains("no network") && text($0).contains("no classes in view") })
    terminal.send("1")
    #expect(terminal.wait { text($0).contains("road") })
    terminal.send("7")
    #expect(terminal.wait { text($0).contains("no model 7") })
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGSEGV])
  func signalsLeaveTheTerminalAsItWas(number: Int32) throws {
    let terminal = try play([Self.street, "--loop"])
    #expect(terminal.wait { $0.screen.updates > 5 })
    terminal.signal(number)
    let end = try #require(terminal.end())
    #expect(end == -Int(number) || end == 128 + Int(number), "ended with \(end)")
    #expect(!terminal.screen.modes.contains(1049) && terminal.screen.modes.contains(25) && terminal.screen.modes.isDisjoint(with: [1000, 1002, 1003, 1006]))
  }

  @Test func resizesWithTheWindow() throws {
    let terminal = try play([Self.street, "--loop", "--model", "none"])
    #expect(terminal.wait { text($0).contains("video 30.0 fps") })
    terminal.resize(columns: 60, rows: 20)
    #expect(terminal.wait { $0.screen.lines[0].contains("segplay") && $0.screen.lines[18].contains("dropped") })
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test(arguments: [(10, 3), (1, 1), (2, 40), (300, 2)])
  func tinyWindowsDoNotCrash(columns: Int, rows: Int) throws {
    let terminal = try play([Self.street, "--frames", "20"], columns: columns, rows: rows)
    #expect(terminal.end(seconds: 30) == 0)
  }

  @Test(arguments: ["16", "256", "none", "24bit"])
  func everyColourDepthPlays(colours: String) throws {
    let terminal = try play([Self.street, "--model", "none", "--colors", colours, "--loop"])
    #expect(terminal.wait { text($0).contains("video 30.0") && $0.screen.updates > 3 })
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test(arguments: ["half", "quadrant", "sextant", "braille", "ascii"])
  func everyPixelModePlays(mode: String) throws {
    let terminal = try play([Self.street, "--model", "none", "--pixels", mode, "--loop"])
    #expect(terminal.wait { text($0).contains("video 30.0") && $0.screen.updates > 3 })
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func dumbTerminalIsRefusedOrPlain() throws {
    let terminal = try play([Self.street, "--frames", "3"], environment: ["TERM": "dumb"])
    let end = try #require(terminal.end())
    #expect(end == 0 || end == 1)
    #expect(!terminal.output.contains(0x1B))
  }
}
