import SegBase
import SegMotion
import SegPropagation
import Testing

@Suite struct FrameMotionTests {
  private let size = MovingPicture.size

  /// Blocks of 8 x 8 pixels over the columns before `end`, each taken from where the picture was before it moved by (x, y).
  private func vectors(_ x: Float, _ y: Float, before end: Int = .max) -> CodecMotion {
    var vectors: [MotionVector] = []
    for row in stride(from: 4, to: size.height, by: 8) {
      for column in stride(from: 4, to: min(end, size.width), by: 8) {
        vectors.append(
          MotionVector(
            destinationX: Float(column), destinationY: Float(row), sourceX: Float(column) - x, sourceY: Float(row) - y, width: 8, height: 8))
      }
    }
    return CodecMotion(vectors: vectors, frameSize: size)
  }

  private func motion(_ codec: CodecMotion?, _ source: FlowSource = .codecVectors) -> FrameMotion {
    let motion = FrameMotion(source: source)
    motion.advance(to: MovingPicture.picture(seed: 3))
    motion.advance(to: MovingPicture.picture(seed: 3, x: 4, y: -2), codec: codec)
    return motion
  }

  @Test("motion vectors become the flow to the frame before, and its opposite the flow from there")
  func vectorsAreTheFlow() {
    let motion = motion(vectors(4, -2))
    #expect(motion.usesVectors)
    motion.needForward()
    // Fields have half the picture's sides, and so have their vectors.
    let half = PixelSize(width: size.width / 2, height: size.height / 2)
    #expect(motion.backward.size == half && motion.forward.size == half)
    for (x, y) in [(10, 10), (40, 30), (75, 55)] {
      #expect(abs(motion.backward[x, y].x + 2) < 0.01 && abs(motion.backward[x, y].y - 1) < 0.01)
      #expect(abs(motion.forward[x, y].x - 2) < 0.01 && abs(motion.forward[x, y].y + 1) < 0.01)
    }
    #expect(motion.intraShare == 0)
    #expect(abs(motion.meanFlow * Double(size.width) - 20.0.squareRoot()) < 0.01)
  }

  @Test("vectors are consistent where the picture looks like the place they lead to")
  func residuals() {
    #expect(motion(vectors(4, -2)).needConsistency() < 0.1)
    #expect(motion(vectors(-20, 15)).needConsistency() > 0.5)
  }

  @Test("the share of the picture that was coded anew is told")
  func intraShare() throws {
    let share = try #require(motion(vectors(4, -2, before: 80)).intraShare)
    #expect(abs(share - 0.5) < 0.01)
    #expect(motion(vectors(4, -2), .dense).intraShare == nil)
  }

  @Test("frames without vectors get the dense flow, also right after one that had some")
  func fallback() {
    let dense = motion(nil, .dense)
    let motion = motion(vectors(4, -2))
    motion.needBackward()
    dense.advance(to: MovingPicture.picture(seed: 3, x: 9, y: -2))
    dense.needConsistency()
    for codec in [nil, CodecMotion(vectors: [], frameSize: size)] {
      motion.advance(to: MovingPicture.picture(seed: 3, x: 4, y: -2), codec: vectors(0, 0))
      motion.advance(to: MovingPicture.picture(seed: 3, x: 9, y: -2), codec: codec)
      #expect(!motion.usesVectors && motion.intraShare == nil)
      #expect(motion.needConsistency() == dense.needConsistency())
      #expect(motion.backward.withVectors { Array($0) } == dense.backward.withVectors { Array($0) })
    }
  }

  @Test("nothing leads over a seek: vectors that come with its first frame are left")
  func seeks() {
    let motion = motion(nil)
    motion.advance(to: MovingPicture.picture(seed: 3, x: 8), codec: vectors(4, 2), restarts: true)
    #expect(!motion.hasPrevious && !motion.usesVectors)
    motion.needBackward()
    #expect(motion.backward[40, 30].x == 0)
  }
}
