import SegBase
import SegMotion
import Testing

@testable import SegPropagation

@Suite struct InstanceMotionTests {
  @Test("a box moves against the flow within its mask, others stay")
  func boxesFollow() {
    let size = PixelSize(width: 20, height: 10)
    let map = markedMap(size, rows: 2..<5, columns: 4..<8)
    var flow = FlowField(size: size)
    flow.fill(x: -4, y: 1)
    let box = InstanceBox(x1: 0.2, y1: 0.2, x2: 0.4, y2: 0.95)
    let instances = [DetectedInstance(classIndex: 0, score: 1, box: box, track: 3), DetectedInstance(classIndex: 1, score: 1, box: box)]
    let moved = InstanceMotion.moved(instances, map: map, along: flow)
    #expect(moved[1] == instances[1])
    #expect(moved[0].track == 3)
    let expected = [0.4, 0.1, 0.6, 0.85]
    for (found, wanted) in zip([moved[0].box.x1, moved[0].box.y1, moved[0].box.x2, moved[0].box.y2], expected) { #expect(abs(Double(found) - wanted) < 1e-6) }
  }

  @Test("boxes stay inside the picture")
  func boxesAreCut() {
    let size = PixelSize(width: 8, height: 8)
    var map = PixelImage(size: size, format: .gray8)
    map.withMutableBytes { $0.update(repeating: 1) }
    var flow = FlowField(size: size)
    flow.fill(x: -100, y: 100)
    let moved = InstanceMotion.moved([DetectedInstance(classIndex: 0, score: 1, box: InstanceBox(x1: 0.1, y1: 0.1, x2: 0.5, y2: 0.5))], map: map, along: flow)
    #expect(moved[0].box == InstanceBox(x1: 1, y1: 0, x2: 1, y2: 0))
  }
}
