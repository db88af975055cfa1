import CFFmpeg
import Foundation
import SegBase
import SegTestSupport
import Testing

@testable import SegVideo

@Suite struct MotionVectorTests {
  /// Rows of vectors of every frame.
  static func vectors(_ path: String, count: Int, exports: Bool = true) throws -> [[MotionVector]] {
    let source = try VideoSource(path, exportsMotionVectors: exports)
    var result: [[MotionVector]] = []
    while result.count < count, let frame = try source.next() { result.append(frame.motionVectors) }
    return result
  }

  @Test("vectors are there when they are asked for, and not otherwise")
  func onRequest() throws {
    let path = SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path
    #expect(try MotionVectorTests.vectors(path, count: 10, exports: false).allSatisfy { $0.isEmpty })
    let frames = try MotionVectorTests.vectors(path, count: 10)
    #expect(frames[0].isEmpty)
    #expect(frames.dropFirst().allSatisfy { $0.count > 100 })
    for vector in frames.joined() {
      #expect([4, 8, 16].contains(vector.width) && [4, 8, 16].contains(vector.height))
      #expect(vector.isForward == (vector.scale > 0) && abs(vector.scale) <= 1)
    }
  }

  @Test("distances: P to the last I or P, B to both sides once the interval is known")
  func distances() {
    var tracker = ReferenceTracker()
    let types = [AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_P, AV_PICTURE_TYPE_B, AV_PICTURE_TYPE_B, AV_PICTURE_TYPE_P, AV_PICTURE_TYPE_B, AV_PICTURE_TYPE_B]
    let expected: [(Int?, Int?)] = [(nil, nil), (1, nil), (1, nil), (2, nil), (3, nil), (1, 2), (2, 1)]
    for (type, distances) in zip(types, expected) {
      let found = tracker.advance(type)
      #expect(found == ReferenceDistances(past: distances.0, future: distances.1))
    }
  }

  @Test("points turn with the picture")
  func orientation() {
    var turned = Orientation()
    turned.transposed = true
    turned.mirroredLeftToRight = true
    // A quarter turn clockwise of 40x30: the stored upper left corner comes to the upper right.
    let corner = turned.applied(x: 0, y: 0, width: 40, height: 30)
    #expect(corner == (30, 0))
    let middle = turned.applied(x: 10, y: 15, width: 40, height: 30)
    #expect(middle == (15, 10))
    let same = Orientation.upright.applied(x: 3, y: 4, width: 40, height: 30)
    #expect(same == (3, 4))
  }
}
