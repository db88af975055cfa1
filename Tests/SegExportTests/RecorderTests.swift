import Foundation
import SegBase
import SegExport
import SegOverlay
import SegVideo
import Testing

@Suite struct RecorderTests {
  private let style = OverlayStyle(view: .mask, opacity: 1, palette: [Colour(255, 0, 0)])
  private static let clip = "lavfi:testsrc2=size=64x48:rate=10:duration=3"

  /// Hands a frame over until the encoder has room for it.
  private func append(_ frame: borrowing VideoFrame, to recorder: Recorder, isAnnotated: Bool = false) throws {
    let (frames, dropped) = (recorder.frames, recorder.dropped)
    let labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    var tries = dropped
    repeat {
      tries = recorder.dropped
      try recorder.append(frame, labels: labels, isAnnotated: isAnnotated, style: style)
      if recorder.dropped > tries { usleep(1000) }
    } while recorder.frames == frames && recorder.dropped > tries && recorder.dropped < dropped + 20_000
  }

  @Test func timesBeginAtZeroAndKeepTheirDistances() throws {
    try TestFolder.with { folder in
      let source = try VideoSource(Self.clip)
      let recorder = try Recorder(path: folder + "/a.mp4", information: source.information)
      var taken: [Int64] = []
      while let frame = try source.next() {
        // The first frames and some in the middle are not recorded.
        if frame.index < 3 || (10..<14).contains(frame.index) || frame.index > 18 { continue }
        taken.append(frame.presentationTime.microseconds)
        try append(frame, to: recorder)
      }
      #expect(recorder.frames == taken.count)
      try recorder.finish()
      let made = try VideoSource(folder + "/a.mp4")
      let times = try TestFolder.times(made)
      #expect(times == taken.map { $0 - taken[0] })
      #expect(made.information.displaySize == PixelSize(width: 64, height: 48))
      #expect(try TestFolder.names(folder) == ["a.mp4"])
    }
  }

  @Test func framesFromBeforeTheLastAreLeftOut() throws {
    try TestFolder.with { folder in
      let source = try VideoSource(Self.clip)
      let recorder = try Recorder(path: folder + "/a.mp4", information: source.information)
      for _ in 0..<5 { if let frame = try source.next() { try append(frame, to: recorder) } }
      try source.seek(to: MediaTime(seconds: 0.2))
      // 0.2 to 0.4 s were recorded before, 0.5 s was not.
      for _ in 0..<4 { if let frame = try source.next() { try append(frame, to: recorder) } }
      #expect(recorder.frames == 6)
      try recorder.finish()
      #expect(try TestFolder.times(try VideoSource(folder + "/a.mp4")) == [0, 100_000, 200_000, 300_000, 400_000, 500_000])
    }
  }

  @Test func labelsAreInThePictureOnlyWhereTheyWereShown() throws {
    try TestFolder.with { folder in
      let source = try VideoSource(Self.clip)
      let recorder = try Recorder(path: folder + "/a.mp4", information: source.information)
      for index in 0..<2 { if let frame = try source.next() { try append(frame, to: recorder, isAnnotated: index == 1) } }
      try recorder.finish()
      let made = try VideoSource(folder + "/a.mp4")
      var image = PixelImage(size: PixelSize(width: 64, height: 48), format: .rgb24)
      var isRed: [Bool] = []
      while let frame = try made.next() {
        try FrameScaler().scale(frame, into: &image, size: image.size, format: .rgb24, quality: .accurate)
        let bytes = TestFolder.bytes(image)
        let middle = bytes.count / 2 / 3 * 3
        let isPixelRed = { (at: Int) -> Bool in bytes[at] > 200 && bytes[at + 1] < 60 && bytes[at + 2] < 60 }
        isRed.append([0, middle, bytes.count - 3].allSatisfy(isPixelRed))
      }
      #expect(isRed == [false, true])
    }
  }

  @Test func nothingRecordedIsAnErrorAndLeavesNothing() throws {
    try TestFolder.with { folder in
      do {
        let recorder = try Recorder(path: folder + "/a.mp4", information: try VideoSource(Self.clip).information)
        let error = #expect(throws: InputError.self) { try recorder.finish() }
        #expect(error?.problem == "nothing was recorded")
        try recorder.finish()
      }
      #expect(try TestFolder.names(folder).isEmpty)
    }
  }

  @Test func withoutFinishNothingIsLeft() throws {
    try TestFolder.with { folder in
      do {
        let source = try VideoSource(Self.clip)
        let recorder = try Recorder(path: folder + "/a.mp4", information: source.information)
        for _ in 0..<5 { if let frame = try source.next() { try append(frame, to: recorder) } }
        #expect(recorder.frames == 5)
      }
      #expect(try TestFolder.names(folder).isEmpty)
    }
  }

  @Test func aFileThatCannotBeMadeIsRefusedAtOnce() throws {
    let information = try VideoSource(Self.clip).information
    #expect(throws: InputError.self) { _ = try Recorder(path: "/nowhere/a.mp4", information: information) }
  }
}
