import Foundation
import SegBase
import SegTestSupport
import SegVideo
import Testing

/// Schedules on videos that are hard for them: cut, static, slow and quick ones.
@Suite(.serialized) struct HardVideoTests {
  /// A line of `--stats-json`.
  private struct Line {
    var values: [String: Any]

    var frame: Int { values["frame"] as? Int ?? -1 }
    var pass: String? { values["pass"] as? String }
    var reason: String? { values["reason"] as? String }
    var age: Int? { values["age"] as? Int }
    var isBlank: Bool { values["blank"] as? Bool == true }
  }

  private static let size = PixelSize(width: 160, height: 120)

  /// A picture of the scene of that number, moved by `shift` pixels.
  private static func picture(scene: Int, shift: Double = 0) -> PixelImage {
    var image = PixelImage(size: size, format: .rgb24)
    image.withMutableBytes { bytes in
      for place in 0..<size.pixelCount {
        let (x, y) = (Double(place % size.width) - shift, Double(place / size.width))
        let wave = scene == 0 ? sin(x / 7) * cos(y / 9) : sin(x / 4 + 1) * sin(y / 17)
        for channel in 0..<3 { bytes[3 * place + channel] = UInt8((scene == 0 ? 170 : 60) + 40 * wave + Double(channel) * 8) }
      }
    }
    return image
  }

  /// Writes `count` frames, `rate` a second.
  private static func write(_ count: Int, rate: Int32, to path: String, size: PixelSize = size, _ picture: (Int) throws -> PixelImage) throws {
    let encoder = try VideoEncoder(path: path, size: size, frameRate: FrameRate(rate), threads: 1)
    let duration = MediaTime(seconds: 1 / Double(rate))
    for index in 0..<count { try encoder.append(try picture(index), presentationTime: MediaTime(seconds: Double(index) / Double(rate)), duration: duration) }
    try encoder.finish()
  }

  /// Runs a command on a video; the lines of its recording.
  private func record(_ folder: URL, _ command: [String], _ video: String, _ options: [String]) throws -> [Line] {
    let file = folder.appendingPathComponent("lines.json")
    let output = folder.appendingPathComponent("out.mp4").path
    let outcome = try Program.run([command[0], video] + (command[0] == "export" ? ["--output", output] : []) + ["--stats-json", file.path] + options)
    #expect(outcome.status == 0, "\(outcome)")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      Line(values: try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]))
    }
  }

  @Test(
    "a spliced cut is a key on its very frame",
    arguments: [["fixed:50"], ["adaptive"], ["every"], ["fixed:50", "--flow", "codec"], ["fixed:50", "--look-ahead"]])
  func splicedCut(schedule: [String]) throws {
    try Program.withTemporaryFolder { folder in
      let video = folder.appendingPathComponent("cut.mp4").path
      try Self.write(40, rate: 25, to: video) { Self.picture(scene: $0 < 23 ? 0 : 1, shift: Double($0) * 2) }
      let lines = try record(folder, ["export"], video, ["--schedule"] + schedule)
      #expect(lines.map(\.frame) == Array(0..<40))
      #expect(lines[0].reason == "first" && lines[23].reason == "cut" && lines[23].age == 0)
      #expect(lines.filter { $0.reason == "cut" }.count == 1)
    }
  }

  @Test("two videos spliced together are cut where they meet", .enabled(if: SharedData.exists("data/davis"), "needs ../shared/data"))
  func splicedVideos() throws {
    try Program.withTemporaryFolder { folder in
      let video = folder.appendingPathComponent("cut.mp4").path
      let size = PixelSize(width: 428, height: 240)
      let scaler = FrameScaler()
      let sources = try ["dog", "libby"].map { try VideoSource(SharedData.path("data/davis/\($0).mp4")) }
      try Self.write(60, rate: 24, to: video, size: size) { index in
        var picture = PixelImage(size: size, format: .rgb24)
        guard let frame = try sources[index < 30 ? 0 : 1].next() else { throw InputError("too few frames") }
        try scaler.scale(frame, into: &picture, size: size, format: .rgb24, quality: .accurate)
        return picture
      }
      for options in [["fixed:100"], ["adaptive"], ["fixed:100", "--flow", "codec"]] {
        let lines = try record(folder, ["export"], video, ["--schedule"] + options)
        #expect(lines.count == 60 && lines[30].reason == "cut", "\(options)")
        #expect(lines.filter { $0.reason == "cut" }.count == 1, "\(options)")
      }
    }
  }

  @Test("while playing nothing of the scene before a cut is shown after it")
  func playedCut() throws {
    try Program.withTemporaryFolder { folder in
      let video = folder.appendingPathComponent("cut.mp4").path
      try Self.write(60, rate: 25, to: video) { Self.picture(scene: $0 < 30 ? 0 : 1, shift: Double($0)) }
      let lines = try record(folder, ["play"], video, ["--schedule", "realtime"])
      #expect(lines.map(\.frame) == lines.map(\.frame).sorted() && lines.count > 30)
      // A frame that has no result of its own in time is held with that of the frame before; on the cut's own frame that is the old one.
      for line in lines where line.frame > 31 && line.pass != "hold" { #expect(line.age ?? 0 <= line.frame - 30, "\(line.values)") }
      #expect(lines.contains { $0.frame > 30 && !$0.isBlank })
    }
  }

  @Test("a static video has keys at exactly the largest interval", arguments: [[], ["--flow", "codec"]])
  func staticVideo(options: [String]) throws {
    try Program.withTemporaryFolder { folder in
      let video = folder.appendingPathComponent("static.mp4").path
      try Self.write(95, rate: 25, to: video) { _ in Self.picture(scene: 0) }
      let lines = try record(folder, ["export"], video, ["--schedule", "adaptive"] + options)
      #expect(lines.filter { $0.reason != nil }.map(\.frame) == [0, 30, 60, 90])
      #expect(lines.compactMap(\.reason) == ["first", "interval", "interval", "interval"])
    }
  }

  @Test("videos of 4 and of 60 frames a second are played at their rate", arguments: [(4, 16), (60, 150)])
  func slowAndQuickVideos(rate: Int, count: Int) throws {
    try Program.withTemporaryFolder { folder in
      let video = folder.appendingPathComponent("video.mp4").path
      try Self.write(count, rate: Int32(rate), to: video) { Self.picture(scene: 0, shift: Double($0)) }
      let started = Date()
      let lines = try record(folder, ["play"], video, ["--schedule", "realtime"])
      let seconds = Date().timeIntervalSince(started)
      #expect(seconds > Double(count) / Double(rate) * 0.95)
      #expect(lines.map(\.frame) == Array(Set(lines.map(\.frame))).sorted())
      // Other tests run beside this one; how many frames a busy machine shows is for benchmarks.
      #expect(lines.count > count / 2, "\(lines.count) of \(count) frames")
      #expect(lines.allSatisfy { abs(($0.values["duration"] as? Double ?? 0) - 1 / Double(rate)) < 1e-6 })
      // A frame's time is enough for a full pass where it is a quarter of a second; loading the model and the first passes take longer.
      if rate == 4 { #expect(lines.suffix(count / 2).count { $0.pass == "full" } >= count / 4, "\(lines.map { $0.pass ?? "none" })") }
    }
  }

  @Test("an interrupted run keeps its whole lines, and nothing half written is left", arguments: ["play", "export", "evaluate"])
  func interrupted(command: String) throws {
    try Program.withTemporaryFolder { folder in
      let street = SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path
      let labels = SharedData.packageRoot.appendingPathComponent("Samples/street_labels").path
      let file = folder.appendingPathComponent("lines.json").path
      let rest =
        switch command {
        case "play": ["play", street, "--loop"]
        case "export": ["export", street, "--output", folder.appendingPathComponent("out.mp4").path]
        default: ["evaluate", "--video", street, "--labels", labels]
        }
      let terminal = try PseudoTerminal(
        PseudoTerminal.product("segplay"), rest + ["--schedule", "fixed:3", "--stats-json", file], columns: 80, rows: 24, environment: [:])
      // The lines are there under another name as soon as there are any.
      func hasLines() -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard let name = names.first(where: { $0.contains("lines.json") }) else { return false }
        return (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8))?.contains("\n") == true
      }
      #expect(terminal.wait(seconds: 30) { _ in hasLines() })
      terminal.signal(SIGINT)
      #expect(terminal.end() != 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names == ["lines.json"], "\(names)")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text.hasSuffix("\n") && text.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }
  }
}
