public import SegBase

/// The instances of a frame with what is needed to draw them; their masks are an index map beside it.
public struct InstanceScene: Hashable, Sendable {
  /// The instances, the best first; index k - 1 has the value k in the map.
  public var instances: [DetectedInstance]
  /// The names of their classes.
  public var classes: ClassList
  /// What is drawn of them.
  public var options: InstanceDrawing.Options

  /// Makes a scene.
  public init(instances: [DetectedInstance], classes: ClassList, options: InstanceDrawing.Options) {
    (self.instances, self.classes, self.options) = (instances, classes, options)
  }
}

extension InstanceDrawing {
  /// Draws a network's answer on RGBA pixels in place: the instances of `scene` with `labels` as their index map, or without a scene `labels` as class
  /// indices. With `writesLabels` false names and scores are left out, for displays that write text by themselves.
  public mutating func draw(
    on frame: inout PixelImage, labels: borrowing PixelImage, scene: InstanceScene?, style: OverlayStyle, writesLabels: Bool = true
  ) {
    guard let scene else {
      compose(frame: &frame, labels: labels, style: style)
      return
    }
    var options = scene.options
    options.labels = options.labels && writesLabels
    draw(on: &frame, map: labels, instances: scene.instances, classes: scene.classes, style: style, options: options)
  }
}
