import SegBase
import SegMotion
import Testing

@testable import SegPropagation

@Suite struct InstanceWarpTests {
  @Test("the map and its boxes move together, whatever the flow's size")
  func movesTogether() {
    let size = PixelSize(width: 20, height: 10)
    let map = markedMap(size, rows: 2..<5, columns: 4..<8)
    var flow = FlowField(size: PixelSize(width: 40, height: 20))
    flow.fill(x: -8, y: 2)
    let box = InstanceBox(x1: 0.2, y1: 0.2, x2: 0.4, y2: 0.5)
    var output = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    let moved = InstanceWarp().bring([DetectedInstance(classIndex: 2, score: 0.5, box: box, track: 7)], map: map, along: flow, into: &output)
    #expect(output.size == size)
    let covered = output.withBytes { bytes in bytes.indices.filter { bytes[$0] == 1 } }
    #expect(covered == (1..<4).flatMap { y in (8..<12).map { y * 20 + $0 } })
    #expect(moved.count == 1 && moved[0].track == 7 && moved[0].classIndex == 2)
    #expect(abs(moved[0].box.x1 - 0.4) < 1e-5 && abs(moved[0].box.y1 - 0.1) < 1e-5)
  }
}
