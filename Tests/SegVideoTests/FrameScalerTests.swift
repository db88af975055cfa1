import SegBase
import SegVideo
import Testing

@Suite struct FrameScalerTests {
  @Test(arguments: [1, 2, 15, 16, 17, 21, 33, 64, 129], [PixelFormat.gray8, .rgb24, .rgba32])
  func anySizeIsFilledToTheLastPixel(width: Int, format: PixelFormat) throws {
    let source = try VideoSource("lavfi:color=color=white:size=64x48:rate=30:duration=1")
    guard let frame = try source.next() else {
      Issue.record("no frame")
      return
    }
    let scaler = FrameScaler()
    for (height, quality) in [(1, ScalingQuality.fast), (7, .accurate), (48, .fast), (90, .accurate)] {
      let size = PixelSize(width: width, height: height)
      var image = PixelImage(size: size, format: format)
      try scaler.scale(frame, into: &image, size: size, format: format, quality: quality)
      #expect(image.size == size && image.format == format)
      let darkest = image.withBytes { bytes in bytes.min() ?? 0 }
      #expect(darkest >= 252, "\(size) \(quality)")
    }
  }

  @Test func coloursKeepTheirOrder() throws {
    let source = try VideoSource("lavfi:color=color=0x2040E0:size=64x48:rate=30:duration=1,format=yuv444p")
    guard let frame = try source.next() else {
      Issue.record("no frame")
      return
    }
    var image = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    for (format, quality) in [(PixelFormat.rgb24, ScalingQuality.fast), (.rgb24, .accurate), (.rgba32, .fast), (.rgba32, .accurate)] {
      try FrameScaler().scale(frame, into: &image, size: PixelSize(width: 21, height: 17), format: format, quality: quality)
      let pixel = image.withBytes { bytes in bytes.suffix(format.bytesPerPixel).map { Int($0) } }
      #expect(zip(pixel, [0x20, 0x40, 0xE0, 255]).allSatisfy { abs($0 - $1) <= 3 }, "\(pixel)")
    }
  }

  @Test func oneScalerServesManySizes() throws {
    let source = try VideoSource("lavfi:testsrc2=size=64x48:rate=30:duration=1")
    let scaler = FrameScaler()
    var image = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    var fresh = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    while let frame = try source.next() {
      for width in [10, 20, 30, 40, 50, 60] {
        let size = PixelSize(width: width, height: 20)
        try scaler.scale(frame, into: &image, size: size, format: .rgba32, quality: .fast)
        try FrameScaler().scale(frame, into: &fresh, size: size, format: .rgba32, quality: .fast)
        let same = image.withBytes { left in fresh.withBytes { right in left.elementsEqual(right) } }
        #expect(same)
      }
    }
  }
}
