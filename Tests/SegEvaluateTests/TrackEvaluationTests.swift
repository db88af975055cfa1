import Foundation
import SegBase
import SegEvaluate
import SegPropagation
import SegVideo
import Testing

@Suite struct TrackEvaluationTests {
  private static let size = PixelSize(width: 128, height: 96)

  /// Writes `frames` pictures of a textured square that moves by `speed` pixels a frame over another texture, and its masks.
  private func write(_ name: String, frames: Int, masks: Int? = nil, speed: Int, to folder: String) throws {
    let (pictures, truths) = (try EvaluationFolder.make(name, in: folder), try EvaluationFolder.make(name + "-masks", in: folder))
    let size = Self.size
    for index in 0..<frames {
      var picture = PixelImage(size: size, format: .rgb24)
      var mask = PixelImage(size: size, format: .gray8)
      picture.withMutableBytes { bytes in
        mask.withMutableBytes { inside in
          for place in 0..<size.pixelCount {
            let (x, y) = (place % size.width, place / size.width)
            let left = x - 30 - speed * index
            let isInside = (0..<40).contains(left) && (28..<68).contains(y)
            let value = isInside ? 150 + 60 * sin(Double(left) / 3) * cos(Double(y) / 4) : 80 + 30 * sin(Double(x) / 5 + Double(y) / 7)
            for channel in 0..<3 { bytes[3 * place + channel] = UInt8(max(0, min(255, value))) }
            inside[place] = isInside ? 255 : 0
          }
        }
      }
      let file = String(format: "%05d.png", index)
      try ImageWriter.write(picture, to: pictures + "/" + file)
      if index < masks ?? frames { try ImageWriter.write(mask, to: truths + "/" + file) }
    }
  }

  @Test("masks follow their object along the flow, and stay behind without")
  func followsTheObject() throws {
    try EvaluationFolder.with { folder in
      try write("fast", frames: 7, speed: 3, to: folder)
      try write("still", frames: 4, speed: 0, to: folder)
      let moved = try TrackEvaluation(folder: folder, interval: nil).run()
      let stale = try TrackEvaluation(folder: folder, interval: nil, flow: .none).run()
      #expect(moved.frames == 9 && moved.byVideo.map(\.name) == ["fast", "still"])
      #expect(moved.byVideo[0].value > 0.9 && moved.byVideo[1].value > 0.99)
      // Behind by 3, 6, ... 18 of 40 pixels.
      var behind = 0.0
      for pixels in stride(from: 3.0, through: 18, by: 3) { behind += (40 - pixels) / (40 + pixels) / 6 }
      #expect(abs(stale.byVideo[0].value - behind) < 1e-9 && stale.byVideo[1].value == 1)
      #expect(abs(9 * stale.meanIntersectionOverUnion - 6 * behind - 3) < 1e-9)
    }
  }

  @Test("frames whose mask is given do not count")
  func givenFramesDoNotCount() throws {
    try EvaluationFolder.with { folder in
      try write("a", frames: 7, speed: 2, to: folder)
      let report = try TrackEvaluation(folder: folder, interval: 3, flow: .none).run()
      let expected = (38.0 / 42 + 36.0 / 44) / 2
      #expect(report.frames == 4 && abs(report.meanIntersectionOverUnion - expected) < 1e-9)
      #expect(try TrackEvaluation(folder: folder, interval: 3, frameLimit: 3).run().frames == 2)
      let json = try #require(try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
      #expect(Set(json.keys) == ["mean_iou", "videos", "frames", "interval", "ms_per_frame"])
    }
  }

  @Test("what cannot be read or does not fit is an error")
  func wrongFolders() throws {
    try EvaluationFolder.with { folder in
      #expect(throws: InputError.self) { try TrackEvaluation(folder: folder + "/none", interval: nil).run() }
      #expect(throws: InputError.self) { try TrackEvaluation(folder: folder, interval: nil).run() }
      try write("a", frames: 3, speed: 1, to: folder)
      try FileManager.default.removeItem(atPath: folder + "/a/00002.png")
      let error = #expect(throws: InputError.self) { try TrackEvaluation(folder: folder, interval: nil).run() }
      #expect(error?.problem == "3 masks for 2 frames")
    }
  }
}
