import SegBase

/// An object that is followed.
struct Track: Sendable {
  /// The object's number once it has one.
  var number: Int?
  /// Where its last mask is kept.
  let slot: Int
  /// Whether it gets a number with its first detection.
  let isConfirmed: Bool
  /// Pixels of its last mask.
  private(set) var area: Int
  /// The class it was mostly detected as of late.
  private(set) var classIndex: Int
  /// How often it was detected.
  private(set) var hits = 1
  /// Frames since the last detection, and how many of them passed with the last step.
  private(set) var missed = 0, step = 0
  /// Whether it was detected in this frame.
  var isFound: Bool { missed == 0 }

  private var box: InstanceBox
  /// Movement of the centre a frame, in shares of the picture.
  private var velocity = SIMD2<Float>(0, 0)
  /// How sure the class is.
  private var classWeight: Float

  /// A track that begins with a detection.
  init(_ instance: DetectedInstance, area: Int, slot: Int, isConfirmed: Bool) {
    (self.area, self.slot, self.isConfirmed, classIndex, box, classWeight) = (area, slot, isConfirmed, instance.classIndex, instance.box, instance.score)
  }

  /// Frames pass.
  mutating func advance(_ frames: Int) { (missed, step) = (missed + frames, frames) }

  /// How far the object has probably moved since its last detection.
  private var movement: SIMD2<Float> { velocity * Float(missed) }

  /// Where the object probably is.
  var expectedBox: InstanceBox {
    InstanceBox(x1: box.x1 + movement.x, y1: box.y1 + movement.y, x2: box.x2 + movement.x, y2: box.y2 + movement.y)
  }

  /// The movement in whole pixels of a picture of that size.
  func shift(in size: PixelSize) -> (x: Int, y: Int) {
    // A box lies in the picture, so no velocity is more than a picture a frame; the product of both is small.
    (Int((movement.x * Float(size.width)).rounded()), Int((movement.y * Float(size.height)).rounded()))
  }

  /// The object was detected.
  mutating func take(_ instance: DetectedInstance, area: Int) {
    let moved = SIMD2(instance.box.x1 + instance.box.x2 - box.x1 - box.x2, instance.box.y1 + instance.box.y2 - box.y1 - box.y2) / 2
    let measured = moved / Float(max(1, missed))
    velocity = hits == 1 ? measured : (velocity + measured) / 2
    (box, self.area, missed, step) = (instance.box, area, 0, 0)
    hits += 1
    if instance.classIndex == classIndex {
      classWeight = min(classWeight + instance.score, Self.largestClassWeight)
    } else {
      classWeight -= instance.score
      if classWeight < 0 { (classIndex, classWeight) = (instance.classIndex, -classWeight) }
    }
  }

  /// So that an object that was taken for another class for long can still change it.
  private static let largestClassWeight: Float = 5
}
