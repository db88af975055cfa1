import SegBase
import SegMotion

/// Times what is done with a field of 480 x 360, on one thread.
enum WarpTimes {
  static func run() {
    let size = PixelSize(width: 480, height: 360)
    var field = FlowField(size: size)
    // A zoom, as of a drive: every pixel reads between others.
    for y in 0..<size.height {
      for x in 0..<size.width { field[x, y] = (x: (Float(x) - 240) * 0.02, y: (Float(y) - 180) * 0.02) }
    }
    let warper = FlowWarper()
    var filled = PixelImage(size: size, format: .gray8)
    for channels in [12, 19, 64] {
      let sizes = channels == 64 ? [PixelSize(width: 60, height: 45)] : [size, PixelSize(width: 120, height: 90)]
      for side in sizes {
        let layout = MapLayout(size: side, channels: channels)
        let input = [Float](repeating: 0.5, count: layout.elementCount)
        var output = input
        let time = Stopwatch.least(of: 50) {
          input.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { warper.warpMap(source, from: layout, along: field, into: $0, to: layout, filled: &filled) }
          }
        }
        show("map of \(side), \(channels) channels", time)
      }
    }
    let labels = PixelImage(size: size, format: .gray8)
    var output = PixelImage(size: size, format: .gray8)
    show("labels of \(size)", Stopwatch.least(of: 50) { warper.warpLabels(labels, along: field, into: &output, filled: &filled) })
    show("mask of \(size)", Stopwatch.least(of: 50) { warper.warpMask(labels, along: field, into: &output, filled: &filled) })
    var composed = FlowField(size: size)
    show("composition", Stopwatch.least(of: 50) { composed.compose(field, then: field) })
    show("consistency", Stopwatch.least(of: 50) { FlowConsistency.check(field, against: field, mask: &filled) })
    let detector = SceneCut()
    show("scene cut", Stopwatch.least(of: 50) { _ = detector.observe(labels) })
    let large = PixelImage(size: PixelSize(width: 1920, height: 1080), format: .rgba32)
    var grey = PixelImage(size: size, format: .gray8)
    let luma = LumaPicture()
    show("luma of 1920x1080 RGBA", Stopwatch.least(of: 50) { luma.make(from: large, size: LumaPicture.size(for: large.size), into: &grey) })
  }

  private static func show(_ name: String, _ microseconds: Double) {
    print("\(name): \((microseconds / 10).rounded() / 100) ms")
  }
}
