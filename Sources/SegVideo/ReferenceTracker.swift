internal import CFFmpeg

/// How many frames lie between a frame and those that its motion vectors point to, in order of presentation; nil where that is not known.
struct ReferenceDistances: Sendable, Hashable {
  /// To the earlier one.
  var past: Int?
  /// To the later one.
  var future: Int?
}

/// Works out what motion vectors refer to, which decoders do not tell, from the types of the pictures in order of presentation.
///
/// It takes vectors of P pictures to refer to the last I or P picture, and those of B pictures to the I or P pictures around them. The next of those is expected
/// as many frames after the last one as the one before. Streams with several reference pictures or with B pictures that serve as references are only roughly met.
struct ReferenceTracker {
  private var framesSinceReference: Int?
  private var interval: Int?

  /// Takes the next frame's type and gives its distances.
  mutating func advance(_ type: AVPictureType) -> ReferenceDistances {
    guard let before = framesSinceReference else {
      if type != AV_PICTURE_TYPE_B { framesSinceReference = 0 }
      return ReferenceDistances()
    }
    let past = before + 1
    if type == AV_PICTURE_TYPE_B {
      framesSinceReference = past
      return ReferenceDistances(past: past, future: interval.flatMap { $0 > past ? $0 - past : nil })
    }
    framesSinceReference = 0
    interval = past
    return ReferenceDistances(past: past, future: nil)
  }
}
