import SegBase
import SegTestSupport
import Testing

@testable import SegOverlay

struct InstanceDrawingTests {
  static let classes = ClassList(name: "two", names: ["person", "dog"], colours: [Colour(200, 0, 0), Colour(0, 200, 0)])
  static let style = OverlayStyle(palette: classes.colours)
  static let instances = [
    DetectedInstance(classIndex: 1, score: 0.874, box: InstanceBox(x1: 0.25, y1: 0.5, x2: 0.75, y2: 1), track: 3),
    DetectedInstance(classIndex: 0, score: 0.5, box: InstanceBox(x1: 0, y1: 0, x2: 0.5, y2: 0.6)),
  ]
  static let only = InstanceDrawing.Options(masks: false, boxes: false, labels: false)

  /// The first instance right, the second left.
  static func map() -> PixelImage {
    var map = PixelImage(size: PixelSize(width: 4, height: 2), format: .gray8)
    map.withMutableBytes { for (index, value) in [2, 0, 1, 1, 2, 2, 1, 0].enumerated() { $0[index] = UInt8(value) } }
    return map
  }

  static func pixel(_ frame: borrowing PixelImage, _ x: Int, _ y: Int) -> [UInt8] {
    let place = (y * frame.size.width + x) * 4
    return frame.withBytes { Array($0[place..<place + 3]) }
  }

  /// A grey frame of 80 x 60 on which something is drawn.
  static func drawn(_ options: InstanceDrawing.Options, _ style: OverlayStyle = style, _ body: (borrowing PixelImage) -> Void) {
    var frame = PixelImage(size: PixelSize(width: 80, height: 60), format: .rgba32)
    frame.withMutableBytes { $0.update(repeating: 100) }
    var drawing = InstanceDrawing()
    drawing.draw(on: &frame, map: map(), instances: instances, classes: classes, style: style, options: options)
    body(frame)
  }

  @Test("masks have their instances' colours, places without an instance none")
  func masks() {
    var options = Self.only
    options.masks = true
    Self.drawn(options) { frame in
      #expect(Self.pixel(frame, 5, 5) == [150, 50, 50] && Self.pixel(frame, 45, 5) == [50, 150, 50])
      #expect(Self.pixel(frame, 30, 5) == [100, 100, 100] && Self.pixel(frame, 70, 50) == [100, 100, 100])
    }
  }

  @Test("boxes are one pixel wide, the best on top")
  func boxes() {
    var options = Self.only
    options.boxes = true
    Self.drawn(options) { frame in
      for x in 20...60 { #expect(Self.pixel(frame, x, 30) == [0, 200, 0] && Self.pixel(frame, x, 59) == [0, 200, 0]) }
      for y in 30...59 { #expect(Self.pixel(frame, 20, y) == [0, 200, 0] && Self.pixel(frame, 60, y) == [0, 200, 0]) }
      #expect(Self.pixel(frame, 0, 0) == [200, 0, 0] && Self.pixel(frame, 40, 10) == [200, 0, 0] && Self.pixel(frame, 10, 36) == [200, 0, 0])
      #expect(Self.pixel(frame, 21, 31) == [100, 100, 100] && Self.pixel(frame, 19, 40) == [100, 100, 100] && Self.pixel(frame, 41, 10) == [100, 100, 100])
    }
  }

  @Test("labels stand on a dark strip above their box, below its top where there is no room above")
  func labels() {
    var options = Self.only
    options.labels = true
    options.scores = false
    Self.drawn(options) { frame in
      // "dog": three letters above row 30, from column 20; the "d" has its stem at the right.
      #expect(Self.pixel(frame, 20, 21) == [31, 31, 31] && Self.pixel(frame, 38, 29) == [31, 31, 31])
      #expect(Self.pixel(frame, 25, 22) == [0, 200, 0] && Self.pixel(frame, 39, 29) == [100, 100, 100] && Self.pixel(frame, 25, 30) == [100, 100, 100])
      // "person" at the top edge.
      #expect(Self.pixel(frame, 0, 0) == [31, 31, 31] && Self.pixel(frame, 1, 3) == [200, 0, 0] && Self.pixel(frame, 0, 9) == [100, 100, 100])
    }
  }

  @Test("hidden classes are not drawn at all")
  func hidden() {
    var style = Self.style
    style.hiddenClasses = [1]
    Self.drawn(InstanceDrawing.Options(), style) { frame in
      for (x, y) in [(45, 15), (60, 45), (25, 22), (50, 59)] { #expect(Self.pixel(frame, x, y) == [100, 100, 100], "\(x) \(y)") }
      #expect(Self.pixel(frame, 5, 20) == [150, 50, 50])
    }
    #expect(InstanceDrawing.labels(for: Self.instances, classes: Self.classes, style: style, options: .init()).map(\.text) == ["person 0.50"])
  }

  @Test("with the view off the frame is left alone")
  func off() {
    var style = Self.style
    style.view = .off
    Self.drawn(InstanceDrawing.Options(), style) { frame in #expect(frame.withBytes { $0.allSatisfy { $0 == 100 } }) }
    #expect(InstanceDrawing.labels(for: Self.instances, classes: Self.classes, style: style, options: .init()).isEmpty)
  }

  @Test("labels for a terminal have a text, a place and a colour")
  func terminalLabels() {
    var options = InstanceDrawing.Options(tracks: true, colouring: .byTrack)
    let labels = InstanceDrawing.labels(for: Self.instances, classes: Self.classes, style: Self.style, options: options)
    #expect(
      labels == [
        InstanceLabel(text: "dog #3 0.87", x: 0.25, y: 0.5, colour: InstancePalette.colours[2]),
        InstanceLabel(text: "person 0.50", x: 0, y: 0, colour: Colour(200, 0, 0)),
      ])
    (options.scores, options.tracks) = (false, false)
    #expect(InstanceDrawing.labels(for: Self.instances, classes: Self.classes, style: Self.style, options: options).map(\.text) == ["dog", "person"])
    options.labels = false
    #expect(InstanceDrawing.labels(for: Self.instances, classes: Self.classes, style: Self.style, options: options).isEmpty)
  }

  @Test("scores have two digits, and a class without a name its index", arguments: [(0.004, "0.00"), (0.05, "0.05"), (0.999, "1.00"), (0.1, "0.10")])
  func texts(score: Float, text: String) {
    let instance = DetectedInstance(classIndex: 7, score: score, box: Self.instances[0].box)
    #expect(InstanceDrawing.text(of: instance, classes: Self.classes, options: .init()) == "class 7 " + text)
  }

  @Test("any instances fit on any frame, and alpha stays")
  func anything() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    var drawing = InstanceDrawing()
    for (width, height) in [(1, 1), (3, 200), (500, 7), (730, 724), (0, 0)] {
      var frame = PixelImage(size: PixelSize(width: width, height: height), format: .rgba32)
      frame.withMutableBytes { $0.update(repeating: 77) }
      let instances = (0..<12).map { _ in
        let edges = (0..<4).map { _ in [Float.random(in: -0.5...1.5, using: &random), .nan, .infinity, 0, 1][Int.random(in: 0..<5, using: &random)] }
        let box = InstanceBox(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3])
        let score = Bool.random(using: &random) ? Float.nan : 0.3
        return DetectedInstance(classIndex: Int.random(in: 0..<300, using: &random), score: score, box: box, track: Int.random(in: -3...90, using: &random))
      }
      drawing.draw(
        on: &frame, map: Self.map(), instances: instances, classes: Self.classes, style: Self.style,
        options: .init(tracks: true, colouring: .byTrack))
      #expect(frame.withBytes { bytes in stride(from: 3, to: bytes.count, by: 4).allSatisfy { bytes[$0] == 77 } }, "seed \(seed)")
    }
  }
}
