import SegBase
import SegMotion
import Testing

@testable import SegPropagation

@Suite struct FlowChainTests {
  @Test("flows of frames add up until the chain begins anew")
  func addsUp() {
    var chain = FlowChain()
    var step = FlowField(size: PixelSize(width: 9, height: 7))
    #expect(chain.frames == 0)
    step.fill(x: -1, y: 0.5)
    for frame in 1...3 {
      chain.prepend(step)
      #expect(chain.frames == frame)
    }
    #expect(abs(chain.field[4, 3].x + 3) < 1e-5 && abs(chain.field[4, 3].y - 1.5) < 1e-5)
    chain.restart()
    chain.prepend(step)
    #expect(chain.frames == 1 && chain.field[4, 3].x == -1)
  }

  @Test("after a restart the frames may have another size")
  func anotherSize() {
    var chain = FlowChain()
    var small = FlowField(size: PixelSize(width: 4, height: 3))
    var large = FlowField(size: PixelSize(width: 12, height: 10))
    small.fill(x: 1, y: 1)
    large.fill(x: 2, y: 0)
    chain.prepend(small)
    chain.restart()
    chain.prepend(large)
    #expect(chain.field.size == large.size && chain.field[11, 9].x == 2)
  }
}
