import SegBase
import SegTestSupport
import Testing

@testable import SegOverlay

@Suite struct OverlayTests {
  static let palette = [Colour(128, 64, 128), Colour(0, 0, 0), Colour(255, 255, 255), Colour(1, 200, 99)]

  /// What `compose` must do, pixel by pixel, as the documentation says it.
  static func reference(_ frame: borrowing PixelImage, _ labels: borrowing PixelImage, _ style: OverlayStyle) -> [UInt8] {
    let (size, source) = (frame.size, labels.size)
    var bytes = frame.withBytes { Array($0) }
    let labelBytes = labels.withBytes { Array($0) }
    let label = { (x: Int, y: Int) -> Int in
      let column = (2 * x + 1) * source.width / (2 * size.width)
      let row = (2 * y + 1) * source.height / (2 * size.height)
      return Int(labelBytes[row * source.width + column])
    }
    let isDrawn = { (label: Int) in label < style.palette.count && !style.hiddenClasses.contains(label) }
    func blend(_ at: Int, _ colour: Colour, _ weight: Int) {
      for (channel, value) in [colour.red, colour.green, colour.blue].enumerated() {
        bytes[at + channel] = UInt8((Int(bytes[at + channel]) * (128 - weight) + Int(value) * weight + 64) / 128)
      }
    }
    if style.view == .off { return bytes }
    for y in 0..<size.height {
      for x in 0..<size.width {
        let (at, here) = (4 * (y * size.width + x), label(x, y))
        if style.view == .maskOnly { blend(at, isDrawn(here) ? style.palette[here] : Colour(0, 0, 0), 128) }
        if style.view == .mask, isDrawn(here) { blend(at, style.palette[here], Int((style.opacity * 128).rounded())) }
        if style.view == .contour || (style.view == .mask && style.contour) {
          let right = x + 1 < size.width ? label(x + 1, y) : here
          let below = y + 1 < size.height ? label(x, y + 1) : here
          if here != right || here != below, let drawn = [here, right, below].first(where: isDrawn) { blend(at, style.palette[drawn], 128) }
        }
      }
    }
    return bytes
  }

  static func noise(_ size: PixelSize, _ format: PixelFormat, below limit: Int, using random: inout RandomNumbers) -> PixelImage {
    var image = PixelImage(size: size, format: format)
    image.withMutableBytes { bytes in
      for index in bytes.indices { bytes[index] = UInt8(Int.random(in: 0..<limit, using: &random)) }
    }
    return image
  }

  @Test(
    "equals the pixel by pixel reference",
    arguments: [((7, 5), (7, 5)), ((33, 17), (8, 4)), ((16, 9), (64, 36)), ((1, 1), (3, 3)), ((63, 31), (20, 31)), ((5, 40), (1, 1)), ((129, 3), (64, 7))],
    OverlayView.allCases)
  func equalsReference(sizes: ((Int, Int), (Int, Int)), view: OverlayView) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    var overlay = Overlay()
    let shown = PixelSize(width: sizes.0.0, height: sizes.0.1)
    for contour in [false, true] {
      for hidden in [Set<Int>(), [0], [1, 3]] {
        let style = OverlayStyle(
          view: view, opacity: Double.random(in: 0...1, using: &random), palette: OverlayTests.palette, hiddenClasses: hidden, contour: contour)
        var frame = OverlayTests.noise(shown, .rgba32, below: 256, using: &random)
        // Class 5 has no colour.
        let labels = OverlayTests.noise(PixelSize(width: sizes.1.0, height: sizes.1.1), .gray8, below: 6, using: &random)
        let expected = OverlayTests.reference(frame, labels, style)
        overlay.compose(frame: &frame, labels: labels, style: style)
        #expect(frame.withBytes { Array($0) } == expected, "seed \(seed) \(view) \(sizes) contour \(contour) hidden \(hidden)")
      }
    }
  }

  @Test func fullAndNoOpacityAreExact() {
    var random = RandomNumbers(seed: 7)
    var overlay = Overlay()
    let size = PixelSize(width: 19, height: 3)
    let labels = OverlayTests.noise(size, .gray8, below: 4, using: &random)
    var frame = OverlayTests.noise(size, .rgba32, below: 256, using: &random)
    let before = frame.withBytes { Array($0) }
    overlay.compose(frame: &frame, labels: labels, style: OverlayStyle(opacity: 0, palette: OverlayTests.palette))
    #expect(frame.withBytes { Array($0) } == before)
    overlay.compose(frame: &frame, labels: labels, style: OverlayStyle(opacity: 1, palette: OverlayTests.palette))
    let first = labels.withBytes { Int($0[0]) }
    #expect(
      frame.withBytes { Array($0[0..<4]) } == [OverlayTests.palette[first].red, OverlayTests.palette[first].green, OverlayTests.palette[first].blue, before[3]])
  }

  @Test func opacityOutOfRangeIsClamped() {
    var overlay = Overlay()
    var frame = PixelImage(size: PixelSize(width: 2, height: 1), format: .rgba32)
    let labels = PixelImage(size: PixelSize(width: 2, height: 1), format: .gray8)
    for opacity in [Double.nan, -3, 0, 9, .infinity] {
      overlay.compose(frame: &frame, labels: labels, style: OverlayStyle(opacity: opacity, palette: OverlayTests.palette))
    }
    #expect(frame.withBytes { $0[0] } == 128)
  }

  @Test func viewsFollowEachOtherInACircle() {
    #expect(OverlayView.mask.next == .contour && OverlayView.contour.next == .maskOnly && OverlayView.maskOnly.next == .off && OverlayView.off.next == .mask)
  }

  @Test func brighteningKeepsHueAndLeavesBrightColours() {
    #expect(Colour(0, 0, 142).brightened() == Colour(0, 0, 170))
    #expect(Colour(60, 20, 0).brightened(to: 180) == Colour(180, 60, 0))
    #expect(Colour(220, 20, 60).brightened() == Colour(220, 20, 60))
    #expect(Colour(0, 0, 0).brightened() == Colour(0, 0, 0))
  }
}
