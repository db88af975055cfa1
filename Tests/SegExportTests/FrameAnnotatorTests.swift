import SegBase
import SegExport
import SegOverlay
import SegVideo
import Testing

@Suite struct FrameAnnotatorTests {
  private let size = PixelSize(width: 64, height: 48)
  private let location = "lavfi:testsrc2=size=64x48:rate=10:duration=1"
  private let style = OverlayStyle(view: .mask, opacity: 1, palette: [Colour(255, 0, 0), Colour(0, 0, 255)])

  private func labels(_ size: PixelSize, _ label: (Int) -> UInt8) -> PixelImage {
    var image = PixelImage(size: size, format: .gray8)
    image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = label(index) } }
    return image
  }

  private func plain() throws -> [UInt8] {
    var image = PixelImage(size: size, format: .rgba32)
    try FrameScaler().scale(try TestFolder.firstFrame(location), into: &image, size: size, format: .rgba32, quality: .accurate)
    return TestFolder.bytes(image)
  }

  @Test func convertGivesTheFrameAsItIs() throws {
    let annotator = FrameAnnotator(size: size)
    try annotator.convert(try TestFolder.firstFrame(location))
    let (bytes, expected) = (TestFolder.bytes(annotator.picture), try plain())
    #expect(bytes == expected)
  }

  @Test func labelsOfAnySizeAreDrawnInTheColoursOfTheirClasses() throws {
    let annotator = FrameAnnotator(size: size)
    let frame = try TestFolder.firstFrame(location)
    for small in [PixelSize(width: 2, height: 1), PixelSize(width: 64, height: 48), PixelSize(width: 130, height: 7)] {
      try annotator.annotate(frame, labels: labels(small) { $0 % small.width < small.width / 2 ? 0 : 1 }, style: style)
      let bytes = TestFolder.bytes(annotator.picture)
      let (left, right) = (Array(bytes[0..<3]), Array(bytes[63 * 4..<63 * 4 + 3]))
      #expect(left == [255, 0, 0] && right == [0, 0, 255], "\(small)")
    }
  }

  @Test func nothingOfTheLastLabelsStays() throws {
    let annotator = FrameAnnotator(size: size)
    let frame = try TestFolder.firstFrame(location)
    try annotator.annotate(frame, labels: labels(size) { _ in 1 }, style: style)
    let expected = try plain()
    let annotated = TestFolder.bytes(annotator.picture)
    #expect(annotated != expected)
    try annotator.convert(frame)
    let converted = TestFolder.bytes(annotator.picture)
    #expect(converted == expected)
    try annotator.annotate(frame, labels: labels(size) { _ in 1 }, style: OverlayStyle(view: .off, palette: style.palette))
    let off = TestFolder.bytes(annotator.picture)
    #expect(off == expected)
  }
}
