import SegBase
import SegEvaluate
import SegModels
import SegVideo
import Testing

@Suite struct EvaluationTests {
  private let model: LoadedModel
  private let clip = EvaluationFolder.clip(5)

  init() throws { model = try LoadedModel.random(architecture: .enet, classCount: 4) }

  /// Evaluates the clip's frames against `maps`.
  private func evaluate(
    _ maps: [[UInt8]], palette: [Colour]? = nil, threads: Int = 1, ignoredLabel: Int? = nil, frameLimit: Int? = nil, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    try EvaluationFolder.with { folder in
      try EvaluationFolder.write(maps, palette: palette, to: folder)
      let evaluation = Evaluation(model: model, frames: clip, labels: folder, ignoredLabel: ignoredLabel, frameLimit: frameLimit, threads: threads)
      return try evaluation.run(progress: progress)
    }
  }

  @Test(arguments: [nil, [Colour(0, 0, 0), Colour(9, 9, 9), Colour(200, 0, 0), Colour(0, 0, 1)]] as [[Colour]?])
  func labelsThatAreThePredictionScoreOne(palette: [Colour]?) throws {
    let maps = try EvaluationFolder.predictions(model, clip, count: 5)
    #expect(maps.count == 5 && Set(maps.joined()).count > 1)
    var calls: [[Int]] = []
    let report = try evaluate(maps, palette: palette) { done, total in calls.append([done, total]) }
    #expect(report.meanIntersectionOverUnion == 1)
    #expect(report.pixelAccuracy == 1)
    #expect(report.frames == 5 && report.passes == ["full": 5])
    #expect(report.millisecondsPerFrame > 0)
    #expect(report.classIntersectionOverUnion.map(\.name) == model.classes.names)
    #expect(calls == (1...5).map { [$0, 5] })
  }

  @Test func wrongPixelsCountAsWrong() throws {
    var maps = try EvaluationFolder.predictions(model, clip, count: 5)
    let pixels = EvaluationFolder.size.pixelCount
    for index in 0..<pixels / 2 { maps[2][index] = (maps[2][index] + 1) % 4 }
    let report = try evaluate(maps)
    #expect(abs(report.pixelAccuracy - 0.9) < 1e-12)
    #expect(report.meanIntersectionOverUnion < 1)
  }

  @Test func severalThreadsGiveTheSameAsOne() throws {
    var maps = try EvaluationFolder.predictions(model, clip, count: 5)
    for map in maps.indices { for index in 0..<(100 * map) { maps[map][index] = UInt8(index % 4) } }
    let one = try evaluate(maps)
    for threads in [2, 3, 8] {
      let several = try evaluate(maps, threads: threads)
      #expect(several.meanIntersectionOverUnion == one.meanIntersectionOverUnion)
      #expect(several.pixelAccuracy == one.pixelAccuracy)
      #expect(several.classIntersectionOverUnion.map(\.value) == one.classIntersectionOverUnion.map(\.value))
      #expect(several.frames == 5)
    }
  }

  @Test func anIgnoredLabelNeitherCountsNorIsPredicted() throws {
    let usual = try EvaluationFolder.predictions(model, clip, count: 5)
    var counts = [Int](repeating: 0, count: 4)
    for label in usual.joined() { counts[Int(label)] += 1 }
    let favourite = counts.firstIndex(of: counts.max() ?? 0) ?? 0
    var maps = try EvaluationFolder.predictions(model, clip, count: 5, ignoring: favourite)
    #expect(!maps.joined().contains(UInt8(favourite)))
    for index in 0..<1000 { maps[0][index] = UInt8(favourite) }
    let report = try evaluate(maps, threads: 2, ignoredLabel: favourite)
    #expect(report.pixelAccuracy == 1 && report.meanIntersectionOverUnion == 1)
    var names = model.classes.names
    names.remove(at: favourite)
    #expect(report.classIntersectionOverUnion.map(\.name) == names)
  }

  @Test func unknownLabelsDoNotCount() throws {
    var maps = try EvaluationFolder.predictions(model, clip, count: 5)
    for index in 0..<1000 { maps[1][index] = index % 2 == 0 ? 255 : 4 }
    #expect(try evaluate(maps).pixelAccuracy == 1)
  }

  @Test(arguments: [1, 3]) func moreLabelsThanFramesAreAnError(threads: Int) throws {
    let map = [UInt8](repeating: 0, count: EvaluationFolder.size.pixelCount)
    let error = #expect(throws: InputError.self) { try evaluate(Array(repeating: map, count: 7), threads: threads) }
    #expect(error?.problem == "7 label maps for 5 frames")
  }

  @Test(arguments: [1, 3]) func fewerLabelsThanFramesAreAnError(threads: Int) throws {
    let map = [UInt8](repeating: 0, count: EvaluationFolder.size.pixelCount)
    let error = #expect(throws: InputError.self) { try evaluate(Array(repeating: map, count: 4), threads: threads) }
    #expect(error?.problem == "more frames than the 4 label maps")
  }

  @Test func aLimitEvaluatesTheFirstFramesOnly() throws {
    let maps = try EvaluationFolder.predictions(model, clip, count: 3)
    let report = try evaluate(maps, frameLimit: 2)
    #expect(report.frames == 2 && report.pixelAccuracy == 1)
  }

  @Test func labelsOfAnotherSizeAreComparedAtTheirOwn() throws {
    try EvaluationFolder.with { folder in
      let small = PixelSize(width: 33, height: 17)
      for (index, values) in try EvaluationFolder.predictions(model, clip, count: 5).enumerated() {
        let sampled = (0..<small.pixelCount).map { pixel in
          let (x, y) = (pixel % small.width, pixel / small.width)
          return values[(2 * y + 1) * 48 / (2 * small.height) * 64 + (2 * x + 1) * 64 / (2 * small.width)]
        }
        try ImageWriter.write(EvaluationFolder.map(sampled, size: small), to: folder + "/\(index).png")
      }
      #expect(try Evaluation(model: model, frames: clip, labels: folder).run().pixelAccuracy == 1)
    }
  }

  @Test func framesAndLabelsThatAreNumberedWithoutZerosBelongTogether() throws {
    try EvaluationFolder.with { folder in
      let (frames, labels) = (try EvaluationFolder.make("frames", in: folder), try EvaluationFolder.make("labels", in: folder))
      let clip = EvaluationFolder.clip(12)
      let source = try VideoSource(clip)
      var picture = PixelImage(size: EvaluationFolder.size, format: .rgb24)
      let maps = try EvaluationFolder.predictions(model, clip, count: 12)
      #expect(maps.count == 12 && maps[1] != maps[9])
      for (index, map) in maps.enumerated() {
        guard let frame = try source.next() else { break }
        try FrameScaler().scale(frame, into: &picture, size: EvaluationFolder.size, format: .rgb24, quality: .accurate)
        try ImageWriter.write(picture, to: frames + "/\(index).png")
        try ImageWriter.write(EvaluationFolder.map(map, size: EvaluationFolder.size), to: labels + "/\(index).png")
      }
      #expect(try Evaluation(model: model, frames: frames, labels: labels).run().pixelAccuracy == 1)
    }
  }

  @Test func whatCannotBeReadIsAnError() throws {
    try EvaluationFolder.with { folder in
      let labels = try EvaluationFolder.make("labels", in: folder)
      try EvaluationFolder.write([[UInt8](repeating: 0, count: EvaluationFolder.size.pixelCount)], to: labels)
      #expect(throws: InputError.self) { try Evaluation(model: model, frames: folder + "/none.mp4", labels: labels).run() }
      #expect(throws: InputError.self) { try Evaluation(model: model, frames: clip, labels: folder + "/none").run() }
      try ImageWriter.write(PixelImage(size: EvaluationFolder.size, format: .rgb24), to: labels + "/000001.png")
      let error = #expect(throws: InputError.self) { try Evaluation(model: model, frames: clip, labels: labels, threads: 2).run() }
      #expect(error?.subject == labels + "/000001.png")
    }
  }
}
