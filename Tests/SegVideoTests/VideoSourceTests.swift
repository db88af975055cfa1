import Foundation
import SegBase
import SegTestSupport
import SegVideo
import Testing

@Suite struct VideoSourceTests {
  @Test func generatorGivesEveryFrameAtItsTime() throws {
    let source = try VideoSource("lavfi:testsrc2=size=64x48:rate=30:duration=1")
    #expect(source.information.displaySize == PixelSize(width: 64, height: 48))
    #expect(source.information.frameRate == 30)
    #expect(source.information.isSeekable && !source.information.isLive)
    var times: [Int64] = []
    while let frame = try TestClip.next(source) {
      #expect(frame.index == times.count)
      times.append(frame.time)
    }
    #expect(times == TestClip.times(30))
    #expect(source.corruptPackets == 0)
  }

  @Test func seekShowsTheFrameOfThatTime() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let times = TestClip.times(200)
    let source = try VideoSource(try TestClip.write(times: times, folder: folder))
    #expect(source.information.frameCount == 200)
    var random = RandomNumbers(seed: 11)
    for target in (0..<200).shuffled(using: &random) {
      try source.seek(to: MediaTime(microseconds: times[target]))
      for step in 0..<2 where target + step < 200 {
        guard let frame = try source.next() else {
          Issue.record("no frame at \(target)")
          return
        }
        let (number, index, time) = (try TestClip.number(frame), frame.index, frame.presentationTime.microseconds)
        #expect(number == target + step)
        #expect(index == target + step)
        #expect(abs(time - times[target + step]) <= 17)
      }
    }
  }

  @Test func seekBetweenFramesShowsTheOneBefore() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = try VideoSource(try TestClip.write(times: [0, 100_000, 700_000, 2_000_000], lastDuration: 500_000, folder: folder))
    for (time, expected) in [(699_900, 1), (50_000, 0), (700_100, 2), (1_999_000, 2), (2_400_000, 3)] as [(Int64, Int)] {
      try source.seek(to: MediaTime(microseconds: time))
      #expect(try TestClip.play(source).map(\.number) == Array(expected..<4), "\(time)")
    }
  }

  @Test(arguments: ["clip.mp4", "clip.mkv", "clip.avi", "clip.mov"]) func seekBeyondTheEndsIsSane(name: String) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = try VideoSource(try TestClip.write(times: TestClip.times(40), folder: folder, name: name))
    try source.seek(to: MediaTime(seconds: -5))
    #expect(try TestClip.play(source).map(\.number) == Array(0..<40))
    try source.seek(to: MediaTime(seconds: 1e9))
    #expect(try TestClip.play(source).map(\.number) == [39])
    try source.seek(to: .zero)
    #expect(try TestClip.play(source).map(\.number) == Array(0..<40))
  }

  @Test func generatorCanBeSoughtBothWays() throws {
    let source = try VideoSource("lavfi:testsrc2=size=64x48:rate=10")
    for target in [30, 10, 11] as [Int64] {
      try source.seek(to: MediaTime(microseconds: target * 100_000))
      let frame = try TestClip.next(source)
      #expect(frame?.time == target * 100_000)
      #expect(frame?.index == Int(target))
    }
  }

  @Test func variableFrameRateKeepsItsTimes() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let times: [Int64] = [0, 10_000, 250_000, 283_333, 1_000_000, 1_000_500]
    let source = try VideoSource(try TestClip.write(times: times, lastDuration: 2_000_000, folder: folder))
    let played = try TestClip.play(source)
    #expect(played.map(\.number) == Array(0..<6))
    for (frame, time) in zip(played, times) { #expect(abs(frame.time - time) <= 17) }
    #expect(abs((source.information.duration?.microseconds ?? 0) - 3_000_500) <= 1000)
  }

  @Test(arguments: [(90, [0, 0x10000, -0x10000, 0]), (180, [-0x10000, 0, 0, -0x10000]), (270, [0, -0x10000, 0x10000, 0])] as [(Int, [Int32])])
  func rotationStandsThePictureUpright(degrees: Int, matrix: [Int32]) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try TestClip.write(times: TestClip.times(3), folder: folder)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let box = try #require(data.range(of: Data("tkhd".utf8)))
    for (entry, value) in zip([0, 1, 3, 4], matrix) {
      for byte in 0..<4 { data[box.upperBound + 40 + entry * 4 + byte] = UInt8(truncatingIfNeeded: value >> (24 - byte * 8)) }
    }
    try data.write(to: URL(fileURLWithPath: path))
    let source = try VideoSource(path)
    #expect(source.information.rotation == degrees)
    #expect(source.information.codedSize == TestClip.size)
    let upright = degrees == 180 ? TestClip.size : PixelSize(width: 48, height: 128)
    #expect(source.information.displaySize == upright)
    var image = PixelImage(size: upright, format: .gray8)
    try source.seek(to: MediaTime(microseconds: 33_334))
    guard let frame = try source.next() else {
      Issue.record("no frame")
      return
    }
    let size = frame.size
    #expect(size == upright)
    let places: [Int: (bright: (Int, Int), dark: (Int, Int))] = [90: ((39, 8), (39, 40)), 180: ((119, 39), (87, 39)), 270: ((8, 119), (8, 87))]
    let (bright, dark) = try #require(places[degrees])
    for format in [PixelFormat.gray8, .rgb24, .rgba32] {
      try FrameScaler().scale(frame, into: &image, size: upright, format: format, quality: .accurate)
      // Frame 1 has its one bright block at the stored picture's upper left.
      let step = format.bytesPerPixel
      image.withBytes { bytes in
        #expect(bytes[(bright.1 * upright.width + bright.0) * step] > 190)
        #expect(bytes[(dark.1 * upright.width + dark.0) * step] < 70)
      }
    }
  }

  @Test func sampleAspectRatioWidensTheDisplaySize() throws {
    let source = try VideoSource("lavfi:testsrc2=size=64x48:duration=1,setsar=3/2")
    #expect(source.information.displaySize == PixelSize(width: 96, height: 48))
    #expect(source.information.codedSize == PixelSize(width: 64, height: 48))
  }

  @Test func cutOffFilesEndOrAreRefused() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["clip.mp4", "clip.mkv", "clip.avi"] {
      let data = try Data(contentsOf: URL(fileURLWithPath: try TestClip.write(times: TestClip.times(30), folder: folder, name: name)))
      for part in 0..<24 {
        let length = data.count * part / 24
        let path = folder + "/cut-" + name
        try data.prefix(length).write(to: URL(fileURLWithPath: path))
        do {
          let frames = try TestClip.play(try VideoSource(path)).count
          #expect((1...30).contains(frames), "\(name) cut to \(length)")
        } catch let error as InputError {
          #expect(!error.problem.isEmpty && error.subject == path)
        }
      }
    }
  }

  @Test func flippedBytesNeverCrash() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["clip.mp4", "clip.mkv"] {
      let data = try Data(contentsOf: URL(fileURLWithPath: try TestClip.write(times: TestClip.times(20), folder: folder, name: name)))
      for seed in UInt64(0)..<40 {
        var random = RandomNumbers(seed: seed)
        var damaged = data
        for _ in 0..<Int.random(in: 1...30, using: &random) {
          damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let path = folder + "/flipped-" + name
        try damaged.write(to: URL(fileURLWithPath: path))
        do {
          let source = try VideoSource(path)
          var last: Int64 = -1
          while let frame = try TestClip.next(source) {
            #expect(frame.time > last, "seed \(seed)")
            last = frame.time
          }
          try source.seek(to: MediaTime(microseconds: 300_000))
          _ = try source.next()
        } catch let error as InputError {
          #expect(!error.problem.isEmpty, "seed \(seed)")
        }
      }
    }
  }

  @Test func referenceOutlivesItsFrame() throws {
    let source = try VideoSource("lavfi:testsrc2=size=64x48:rate=30:duration=1")
    var kept: VideoFrame?
    if let frame = try source.next() { kept = frame.reference() }
    while try source.next() != nil {}
    guard let kept else {
      Issue.record("no frame")
      return
    }
    let (time, size) = (kept.presentationTime, kept.size)
    #expect(time == .zero)
    #expect(size == PixelSize(width: 64, height: 48))
  }
}
