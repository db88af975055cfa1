import Foundation
import SegTestSupport
import Testing

/// Wrong files and arguments give one clear line on standard error and the right exit code, never a crash or a hang.
@Suite struct WrongInputTests {
  private func expectOneLine(_ outcome: Program.Outcome, naming words: String..., status: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 1 && outcome.errors.hasPrefix("segplay: "), "\(outcome)", sourceLocation: sourceLocation)
    for word in words { #expect(outcome.errors.contains(word), "\(outcome)", sourceLocation: sourceLocation) }
    #expect(!outcome.output.contains("\u{1B}"), sourceLocation: sourceLocation)
  }

  @Test(arguments: ["play", "export", "evaluate"])
  func missingVideoIsNamed(command: String) throws {
    try Program.withTemporaryFolder { folder in
      let missing = folder.appendingPathComponent("missing.mp4").path
      var arguments = [command, missing]
      if command == "export" { arguments += ["--output", folder.appendingPathComponent("out.mp4").path] }
      if command == "evaluate" {
        let labels = folder.appendingPathComponent("labels")
        try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
        try Data().write(to: labels.appendingPathComponent("0.png"))
        arguments = [command, "--video", missing, "--labels", labels.path]
      }
      expectOneLine(try Program.run(arguments), naming: "missing.mp4")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("out.mp4").path))
    }
  }

  @Test func emptyFileAndTextAreNoVideos() throws {
    try Program.withTemporaryFolder { folder in
      let empty = folder.appendingPathComponent("empty.mp4")
      try Data().write(to: empty)
      expectOneLine(try Program.run([empty.path]), naming: "empty.mp4")
      let text = folder.appendingPathComponent("text.mp4")
      try Data(String(repeating: "This is a text and no video.\n", count: 200).utf8).write(to: text)
      expectOneLine(try Program.run([text.path]), naming: "text.mp4")
    }
  }

  @Test func directoryWithoutImagesIsNoVideo() throws {
    try Program.withTemporaryFolder { folder in expectOneLine(try Program.run([folder.path]), naming: folder.lastPathComponent) }
  }

  @Test func truncatedVideoIsRefused() throws {
    try Program.withTemporaryFolder { folder in
      let whole = try Data(contentsOf: SharedData.packageRoot.appendingPathComponent("Samples/street.mp4"))
      let cut = folder.appendingPathComponent("cut.mp4")
      for size in [1000, whole.count / 2] {
        try whole.prefix(size).write(to: cut)
        let outcome = try Program.run([cut.path, "--model", "none", "--frames", "3"])
        if outcome.status != 0 { expectOneLine(outcome, naming: "cut.mp4") }
        #expect(outcome.status >= 0)
      }
    }
  }

  @Test("passes that a network does not have are named", arguments: [["--flow", "learned"], ["--between", "partial", "--look-ahead"]])
  func missingPassesAreNamed(options: [String]) throws {
    try Program.withTemporaryFolder { folder in
      let street = SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path
      let output = folder.appendingPathComponent("out.mp4").path
      let outcome = try Program.run(["export", street, "--output", output, "--schedule", "fixed:5"] + options)
      expectOneLine(outcome, naming: options.contains("learned") ? "flow network" : "partial")
      #expect(!FileManager.default.fileExists(atPath: output))
    }
  }

  @Test func unreadableWeightsAreNamed() throws {
    try Program.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("weights.pth")
      try Data("no checkpoint".utf8).write(to: weights)
      expectOneLine(try Program.run(["--weights", weights.path]), naming: "weights.pth")
      expectOneLine(try Program.run(["inspect", weights.path]), naming: "weights.pth")
      expectOneLine(try Program.run(["--weights", folder.appendingPathComponent("absent.pth").path]), naming: "absent.pth")
    }
  }

  @Test func unknownModelListsTheKnownOnes() throws {
    expectOneLine(try Program.run(["--model", "segnet"]), naming: "segnet", "enet")
  }

  @Test(arguments: [
    ["--no-such-option"], ["--threads", "0"], ["--colors", "many"], ["bench", "--size", "12"], ["evaluate", "--labels", "x"], ["--start", "soon"],
    ["--opacity", "7"], ["export", "x.mp4"],
  ])
  func wrongUsageExitsWith64(arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.output.isEmpty)
  }

  @Test func versionAndHelpExitWith0() throws {
    for arguments in [["--version"], ["--help"], ["export", "--help"], ["help", "evaluate"]] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 0 && !outcome.output.isEmpty)
    }
  }
}
