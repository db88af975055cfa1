import Foundation
import SegBase
import SegExport
import SegModels
import SegOverlay
import SegPropagation
import SegSchedule
import SegVideo
import Synchronization
import Testing

@Suite struct ExporterTests {
  private let style = OverlayStyle(view: .mask, opacity: 1, palette: [Colour(255, 0, 0), Colour(0, 255, 0), Colour(0, 0, 255)])

  private func exporter(_ location: String, _ output: String, _ format: ExportFormat? = nil, model: LoadedModel? = nil) -> Exporter {
    Exporter(location: location, model: model, style: style, output: output, format: format ?? ExportFormat(path: output))
  }

  private func isClose(_ left: MediaTime?, _ right: MediaTime?) -> Bool {
    guard let left, let right else { return false }
    return abs(left.microseconds - right.microseconds) < 1000
  }

  /// Times that are the same but for the ticks of the file.
  private func areClose(_ left: [Int64], _ right: [Int64]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 17 }
  }

  @Test(arguments: [FrameRate(30), FrameRate(30000, 1001), FrameRate(25, 2)])
  func everyFrameKeepsItsTimeAndTheVideoItsLength(rate: FrameRate) throws {
    try TestFolder.with { folder in
      let length = 1_000_000 / rate.framesPerSecond
      let times = (0..<23).map { Int64((Double($0) * length).rounded()) }
      try TestFolder.video(folder + "/in.mp4", times: times, rate: rate, lastDuration: Int64(length.rounded()))
      let summary = try exporter(folder + "/in.mp4", folder + "/out.mp4").run()
      #expect(summary.frames == 23 && summary.corruptPackets == 0 && summary.millisecondsPerFrame == 0)
      let (before, after) = (try VideoSource(folder + "/in.mp4"), try VideoSource(folder + "/out.mp4"))
      let (old, new) = (before.information, after.information)
      #expect(isClose(old.duration, new.duration))
      #expect(old.displaySize == new.displaySize)
      let (oldTimes, newTimes) = (try TestFolder.times(before), try TestFolder.times(after))
      #expect(areClose(oldTimes, newTimes))
    }
  }

  @Test func anUnevenFrameRateSurvives() throws {
    try TestFolder.with { folder in
      let times: [Int64] = [0, 40_000, 140_000, 900_000, 930_000]
      try TestFolder.video(folder + "/in.mp4", times: times, lastDuration: 500_000)
      _ = try exporter(folder + "/in.mp4", folder + "/out.mp4").run()
      let made = try VideoSource(folder + "/out.mp4")
      let newTimes = try TestFolder.times(made)
      #expect(areClose(newTimes, times))
      #expect(isClose(made.information.duration, MediaTime(seconds: 1.43)))
    }
  }

  @Test func picturesAreNamedByTheirNumbers() throws {
    try TestFolder.with { folder in
      let output = folder + "/made/by/export"
      var calls: [Int] = []
      let summary = try exporter("lavfi:testsrc2=size=64x48:rate=10:duration=1.1", output).run(progress: { done, _ in calls.append(done) })
      #expect(summary.frames == 11)
      #expect(calls == Array(1...11))
      #expect(try TestFolder.names(output) == (0..<11).map { String(format: "%06d.png", $0) })
      let frame = try TestFolder.firstFrame("lavfi:testsrc2=size=64x48:rate=10:duration=1.1")
      var expected = PixelImage(size: PixelSize(width: 64, height: 48), format: .rgb24)
      try FrameScaler().scale(frame, into: &expected, size: expected.size, format: .rgb24, quality: .accurate)
      let made = TestFolder.bytes(try ImageFile.readRGB(output + "/000000.png"))
      let wanted = TestFolder.bytes(expected)
      #expect(made == wanted)
    }
  }

  @Test func startAndLimitCutAPieceThatBeginsAtZero() throws {
    try TestFolder.with { folder in
      let times = (0..<20).map { Int64($0) * 100_000 }
      try TestFolder.video(folder + "/in.mp4", times: times, rate: FrameRate(10), lastDuration: 100_000)
      var export = exporter(folder + "/in.mp4", folder + "/out.mp4")
      export.start = MediaTime(seconds: 0.7)
      export.frameLimit = 5
      #expect(try export.run().frames == 5)
      let made = try VideoSource(folder + "/out.mp4")
      #expect(try TestFolder.times(made) == [0, 100_000, 200_000, 300_000, 400_000])
      #expect(isClose(made.information.duration, MediaTime(seconds: 0.5)))
      // The first frame is the one that was shown at the start: the eighth, whose grey is 76.
      var image = PixelImage(size: PixelSize(width: 64, height: 48), format: .gray8)
      try FrameScaler().scale(try TestFolder.firstFrame(folder + "/out.mp4"), into: &image, size: image.size, format: .gray8, quality: .accurate)
      let grey = image.withBytes { Int($0[0]) }
      #expect(abs(grey - 76) <= 3)
    }
  }

  @Test func aStartBetweenTwoFramesTakesTheOneThatIsShown() throws {
    try TestFolder.with { folder in
      try TestFolder.video(folder + "/in.mp4", times: (0..<10).map { Int64($0) * 100_000 }, rate: FrameRate(10), lastDuration: 100_000)
      var export = exporter(folder + "/in.mp4", folder + "/out.mp4")
      export.start = MediaTime(seconds: 0.75)
      #expect(try export.run().frames == 3)
      let times = try TestFolder.times(try VideoSource(folder + "/out.mp4"))
      #expect(areClose(times, [0, 100_000, 200_000]), "\(times)")
    }
  }

  @Test func aNetworkDrawsOnEveryFrame() throws {
    try TestFolder.with { folder in
      let model = try LoadedModel.random(architecture: .enet, classCount: 3)
      let summary = try exporter("lavfi:testsrc2=size=64x48:rate=10:duration=0.3", folder + "/out", .png, model: model).run()
      #expect(summary.frames == 3 && summary.millisecondsPerFrame > 0)
      for name in try TestFolder.names(folder + "/out") {
        let bytes = TestFolder.bytes(try ImageFile.readRGB(folder + "/out/" + name))
        let isPure = stride(from: 0, to: bytes.count, by: 3).allSatisfy { bytes[$0..<$0 + 3].sorted() == [0, 0, 255] }
        #expect(isPure)
      }
    }
  }

  @Test("a network that finds instances follows a schedule", arguments: [BetweenKeys.propagate, .partial])
  func instancesByASchedule(between: BetweenKeys) throws {
    try TestFolder.with { folder in
      let model = try LoadedModel.random(
        architecture: .yolact, dialect: "yolact", variant: "resnet50", classCount: 3, inputSize: PixelSize(width: 64, height: 48))
      var export = exporter("lavfi:testsrc2=size=64x48:rate=10:duration=0.5", folder + "/out", .png, model: model)
      let plain = try TestFolder.firstFrame("lavfi:testsrc2=size=64x48:rate=10:duration=0.5")
      var settings = SequenceSettings(policy: .fixed(interval: 3))
      settings.between = between
      export.schedule = settings
      let passes = Mutex<[Pass?]>([])
      export.record = { frame throws(InputError) in passes.withLock { $0.append(frame.decision?.pass) } }
      #expect(try export.run().frames == 5)
      let middle: Pass = between == .partial ? .partial : .propagate
      #expect(passes.withLock { $0 } == [.full, middle, middle, .full, middle])
      var picture = PixelImage(size: PixelSize(width: 64, height: 48), format: .rgb24)
      try FrameScaler().scale(plain, into: &picture, size: picture.size, format: .rgb24, quality: .accurate)
      let (drawn, before) = (TestFolder.bytes(try ImageFile.readRGB(folder + "/out/000000.png")), TestFolder.bytes(picture))
      #expect(drawn != before)
    }
  }

  @Test func aCancelledVideoLeavesNothing() throws {
    try TestFolder.with { folder in
      var done = 0
      let export = exporter("lavfi:testsrc2=size=64x48:rate=10", folder + "/out.mp4")
      do {
        _ = try export.run(isCancelled: { done == 7 }, progress: { count, _ in done = count })
        Issue.record("the export went on")
      } catch let error as InputError {
        #expect(error.problem == "stopped before the end")
      }
      #expect(done == 7)
      #expect(try TestFolder.names(folder).isEmpty)
    }
  }

  @Test func anUnreadableVideoMakesNoOutput() throws {
    try TestFolder.with { folder in
      try Data("no video".utf8).write(to: URL(fileURLWithPath: folder + "/in.mp4"))
      for location in [folder + "/in.mp4", folder + "/missing.mp4", ""] {
        #expect(throws: InputError.self) { try exporter(location, folder + "/out.mp4").run() }
        #expect(throws: InputError.self) { try exporter(location, folder + "/out").run() }
      }
      #expect(try TestFolder.names(folder) == ["in.mp4"])
    }
  }

  @Test func anOutputThatCannotBeMadeIsAnError() throws {
    try TestFolder.with { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      let clip = "lavfi:testsrc2=size=64x48:rate=10:duration=1"
      for output in [folder + "/file", folder + "/file/below", folder + "/missing/out.mp4", folder] {
        let format: ExportFormat = output == folder || output.hasSuffix("mp4") ? .mp4 : .png
        let error = #expect(throws: InputError.self) { try exporter(clip, output, format).run() }
        #expect(error?.subject.hasPrefix(folder) == true)
      }
      #expect(try TestFolder.names(folder) == ["file"])
    }
  }

  @Test(arguments: [1, 30]) func aPictureThatCannotBeWrittenIsAnError(frames: Int) throws {
    try TestFolder.with { folder in
      try FileManager.default.createDirectory(atPath: folder + "/out/000000.png", withIntermediateDirectories: true)
      var export = exporter("lavfi:testsrc2=size=64x48:rate=30", folder + "/out")
      export.frameLimit = frames
      let error = #expect(throws: InputError.self) { try export.run() }
      #expect(error?.subject == folder + "/out/000000.png")
    }
  }
}
