import SegBase
import Testing

struct InstanceBoxTests {
  @Test("the overlap is common area over united area")
  func overlap() {
    let box = InstanceBox(x1: 0, y1: 0, x2: 0.5, y2: 1)
    #expect(box.overlap(with: box) == 1)
    #expect(abs(box.overlap(with: InstanceBox(x1: 0.25, y1: 0, x2: 0.75, y2: 1)) - 1 / 3) < 1e-6)
    #expect(box.overlap(with: InstanceBox(x1: 0.5, y1: 0, x2: 1, y2: 1)) == 0)
    let point = InstanceBox(x1: 0.2, y1: 0.2, x2: 0.2, y2: 0.2)
    #expect(point.overlap(with: point) == 0)
  }

  @Test("edges are cut to whole pixels of the picture")
  func edges() {
    let edges = InstanceBox(x1: -0.2, y1: 0.339, x2: 0.999, y2: 1.5).edges(in: PixelSize(width: 320, height: 100))
    #expect(edges == (0, 33, 319, 100))
    let broken = InstanceBox(x1: .nan, y1: -.infinity, x2: .infinity, y2: .nan).edges(in: PixelSize(width: 8, height: 8))
    #expect((0...8).contains(broken.left) && broken.top == 0 && broken.right == 8)
  }
}
