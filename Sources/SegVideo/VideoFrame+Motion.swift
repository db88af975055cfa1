internal import CFFmpeg
public import SegBase

extension VideoFrame {
  /// The blocks that the encoder took from other pictures, where the source was opened with `exportsMotionVectors` and the codec has them (H.264, MPEG-4 and
  /// older ones). Blocks without vectors were coded anew. Vectors whose distance in time is unknown are left out.
  public var motionVectors: [MotionVector] {
    var vectors: [MotionVector] = []
    copyMotionVectors(into: &vectors)
    return vectors
  }

  /// Replaces the contents of `vectors` by the frame's motion vectors, keeping its memory.
  public borrowing func copyMotionVectors(into vectors: inout [MotionVector]) {
    vectors.removeAll(keepingCapacity: true)
    var count = 0
    guard let exported = seg_frame_motion_vectors(frame, &count) else { return }
    let (width, height) = (Float(frame.pointee.width), Float(frame.pointee.height))
    for index in 0..<count {
      let vector = exported[index]
      let isForward = vector.source < 0
      guard let distance = isForward ? references.past : references.future, vector.motion_scale > 0, vector.w > 0, vector.h > 0 else { continue }
      let (x, y) = (Float(vector.dst_x), Float(vector.dst_y))
      let sourceX = x + Float(vector.motion_x) / Float(vector.motion_scale)
      let sourceY = y + Float(vector.motion_y) / Float(vector.motion_scale)
      let (destination, source) = (
        orientation.applied(x: x, y: y, width: width, height: height), orientation.applied(x: sourceX, y: sourceY, width: width, height: height)
      )
      let size = orientation.applied(to: PixelSize(width: Int(vector.w), height: Int(vector.h)))
      vectors.append(
        MotionVector(
          destinationX: destination.x, destinationY: destination.y, sourceX: source.x, sourceY: source.y, width: size.width, height: size.height,
          isForward: isForward, scale: (isForward ? 1 : -1) / Float(distance)))
    }
  }
}

extension Orientation {
  /// Where a point of a stored picture of that size is in the upright one.
  func applied(x: Float, y: Float, width: Float, height: Float) -> (x: Float, y: Float) {
    let (turnedX, turnedY) = transposed ? (y, x) : (x, y)
    let (uprightWidth, uprightHeight) = transposed ? (height, width) : (width, height)
    return (mirroredLeftToRight ? uprightWidth - turnedX : turnedX, mirroredTopToBottom ? uprightHeight - turnedY : turnedY)
  }
}
