import Foundation
import SegBase
import SegMotion
import SegVideo

/// How well given masks are carried on from every n-th frame of a video, frame to frame: mean intersection over union of the frames between.
enum Propagation {
  /// Where the flow comes from.
  enum Source: String {
    case ultrafast, medium, codec, stale
  }

  /// `masks` is a folder of binary masks in the order of their names, one for each frame.
  static func run(video: String, masks: String, interval: Int, source kind: Source) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: masks).filter { $0.hasSuffix(".png") }.sorted()
    let video = try VideoSource(video, exportsMotionVectors: kind == .codec)
    let scaler = FrameScaler()
    let codec = MotionVectorField()
    let warper = FlowWarper()
    var flow: InverseSearchFlow?
    var grey = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    var field = FlowField(size: grey.size)
    var chain = FlowField(size: grey.size)
    var scratch = FlowField(size: grey.size)
    var holes = PixelImage(size: grey.size, format: .gray8)
    var moved = PixelImage(size: grey.size, format: .gray8)
    var filled = PixelImage(size: grey.size, format: .gray8)
    var key = PixelImage(size: grey.size, format: .gray8)
    var (sum, count, index) = (0.0, 0, 0)
    while index < names.count, let frame = try video.next() {
      let mask = try ImageFile.readIndexed(masks + "/" + names[index])
      let size = LumaPicture.size(for: frame.size)
      try scaler.scale(frame, into: &grey, size: size, format: .gray8, quality: .fast)
      if kind == .codec {
        codec.make(from: frame.motionVectors, frameSize: frame.size, into: &field, holes: &holes)
      } else if kind != .stale {
        let search = flow ?? InverseSearchFlow(size: size, settings: kind == .medium ? .medium : .ultrafast)
        flow = search
        search.advance(to: grey)
        if search.hasPrevious { search.estimate(into: &field) }
      }
      if index % interval == 0 {
        key.copyPixels(of: mask)
        chain.reshape(to: kind == .codec ? field.size : size)
        chain.fill(x: 0, y: 0)
      } else {
        if kind != .stale { chain.prepend(field, scratch: &scratch) }
        warper.warpMask(key, along: chain, into: &moved, filled: &filled)
        sum += overlap(moved, mask)
        count += 1
      }
      index += 1
    }
    print("\(kind.rawValue) every \(interval): mean intersection over union \(sum / Double(max(1, count))) of \(count) frames")
  }

  private static func overlap(_ first: borrowing PixelImage, _ second: borrowing PixelImage) -> Double {
    first.withBytes { a in
      second.withBytes { b in
        var (common, all) = (0, 0)
        for index in 0..<min(a.count, b.count) {
          common += a[index] > 127 && b[index] > 127 ? 1 : 0
          all += a[index] > 127 || b[index] > 127 ? 1 : 0
        }
        return all == 0 ? 1 : Double(common) / Double(all)
      }
    }
  }
}
