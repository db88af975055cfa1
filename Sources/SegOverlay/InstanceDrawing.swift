public import SegBase

/// Draws instances on pictures: masks, boxes, and labels. Keeps what it needs between frames. One thread at a time.
public struct InstanceDrawing: ~Copyable {
  /// What decides about an instance's colour.
  public enum Colouring: String, CaseIterable, Sendable {
    /// Its class: objects of one class look alike.
    case byClass = "class"
    /// Its track: an object keeps its colour from frame to frame. One without a track has its class's.
    case byTrack = "track"
  }

  /// What is drawn of instances.
  public struct Options: Hashable, Sendable {
    /// The parts: filled masks, outlines of boxes, labels with the class's name, the score in labels, the track's number in labels.
    public var masks, boxes, labels, scores, tracks: Bool
    /// What decides about colours.
    public var colouring: Colouring

    /// Makes options.
    public init(masks: Bool = true, boxes: Bool = true, labels: Bool = true, scores: Bool = true, tracks: Bool = false, colouring: Colouring = .byClass) {
      (self.masks, self.boxes, self.labels, self.scores, self.tracks) = (masks, boxes, labels, scores, tracks)
      self.colouring = colouring
    }
  }

  private var overlay = Overlay()

  /// Makes a drawing without anything prepared.
  public init() {}

  /// Draws class indices on a frame in place (see `Overlay.compose`).
  mutating func compose(frame: inout PixelImage, labels: borrowing PixelImage, style: OverlayStyle) {
    overlay.compose(frame: &frame, labels: labels, style: style)
  }

  /// Draws the instances of a frame on it in place.
  ///
  /// - Parameters:
  ///   - frame: RGBA pixels, drawn at their own size; alpha stays.
  ///   - map: an instance number a pixel (`gray8`), 0 for none, k for `instances[k - 1]`; of any size, best of the frame's.
  ///   - instances: the best first; the best is drawn last, on top of the others.
  ///   - classes: their names.
  ///   - style: view, opacity and contour of masks; `palette` and `hiddenClasses` are by class. With the view `off` the frame is left alone.
  ///   - options: what is drawn.
  public mutating func draw(
    on frame: inout PixelImage, map: borrowing PixelImage, instances: [DetectedInstance], classes: ClassList, style: OverlayStyle, options: Options
  ) {
    precondition(frame.format == .rgba32 && map.format == .gray8, "instances are drawn on RGBA")
    if style.view == .off { return }
    if options.masks { overlay.compose(frame: &frame, labels: map, style: Self.maskStyle(instances, style: style, colouring: options.colouring)) }
    for instance in instances.reversed() where !style.hiddenClasses.contains(instance.classIndex) {
      let colour = Self.colour(of: instance, style: style, colouring: options.colouring)
      let edges = instance.box.edges(in: frame.size)
      if options.boxes {
        let (right, bottom) = (min(edges.right, frame.size.width - 1), min(edges.bottom, frame.size.height - 1))
        frame.outline(left: edges.left, top: edges.top, right: right, bottom: bottom, colour: colour)
      }
      if options.labels {
        write(Self.text(of: instance, classes: classes, options: options), on: &frame, left: edges.left, top: edges.top, colour: colour)
      }
    }
  }

  /// The labels of instances for a display that writes text by itself, in the order of the instances.
  public static func labels(for instances: [DetectedInstance], classes: ClassList, style: OverlayStyle, options: Options) -> [InstanceLabel] {
    if style.view == .off || !options.labels { return [] }
    return instances.filter { !style.hiddenClasses.contains($0.classIndex) }.map { instance in
      InstanceLabel(
        text: text(of: instance, classes: classes, options: options), x: Double(instance.box.x1), y: Double(instance.box.y1),
        colour: colour(of: instance, style: style, colouring: options.colouring))
    }
  }

  /// The style by which an instance map is drawn as labels: a colour an instance, behind one for no instance, which is not drawn.
  public static func maskStyle(_ instances: [DetectedInstance], style: OverlayStyle, colouring: Colouring) -> OverlayStyle {
    var result = style
    result.palette = [Colour(0, 0, 0)] + instances.map { colour(of: $0, style: style, colouring: colouring) }
    result.hiddenClasses = [0]
    for (index, instance) in instances.enumerated() where style.hiddenClasses.contains(instance.classIndex) { result.hiddenClasses.insert(index + 1) }
    return result
  }

  /// The colour an instance is drawn in.
  static func colour(of instance: DetectedInstance, style: OverlayStyle, colouring: Colouring) -> Colour {
    // Track numbers have no limit, colours do.
    if colouring == .byTrack, let track = instance.track { return InstancePalette.colours[max(0, track - 1) % InstancePalette.count] }
    return style.palette.indices.contains(instance.classIndex) ? style.palette[instance.classIndex] : InstancePalette.colour(instance.classIndex)
  }

  /// "person #3 0.87".
  static func text(of instance: DetectedInstance, classes: ClassList, options: Options) -> String {
    var text = classes.names.indices.contains(instance.classIndex) ? classes.names[instance.classIndex] : "class \(instance.classIndex)"
    if options.tracks, let track = instance.track { text += " #\(track)" }
    if options.scores {
      let hundredths = Int((max(0, min(1, instance.score)) * 100).rounded())
      text += " \(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }
    return text
  }

  /// Writes a label on a dark strip above a corner, below it where there is no room above, moved so far left that it fits.
  private func write(_ text: String, on frame: inout PixelImage, left: Int, top: Int, colour: Colour) {
    let scale = max(1, min(frame.size.width, frame.size.height) / Self.sideOfScale)
    let (width, height) = ((BitmapFont.width(of: text) + 1) * scale, (BitmapFont.height + 1) * scale)
    let (x, y) = (max(0, min(left, frame.size.width - width)), top >= height ? top - height : top)
    frame.fill(x: x, y: y, width: width, height: height, colour: Colour(0, 0, 0), share: Self.stripShare)
    BitmapFont.write(text, on: &frame, x: x + scale, y: y + scale, scale: scale, colour: colour)
  }

  /// Frames of so many pixels on their shorter side have letters of one pixel a dot, of twice as many two.
  private static let sideOfScale = 360
  /// How dark the strip behind a label is, in 128ths.
  private static let stripShare = 88
}
