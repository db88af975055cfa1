import SegBase
import Testing

@testable import SegMotion

@Suite struct FlowFieldTests {
  @Test("a new field has no motion, and vectors are stored row after row, x before y")
  func layout() {
    var field = FlowField(size: PixelSize(width: 3, height: 2))
    #expect(field.vectors == [Float](repeating: 0, count: 12))
    field[2, 1] = (x: 4, y: -5)
    #expect(field.vectors == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, -5])
    #expect(field[2, 1] == (4, -5))
    field.fill(x: 1, y: 2)
    #expect(field.vectors == [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2])
  }

  @Test("memory is kept when a field is reshaped to something that fits")
  func reshaping() {
    var field = FlowField(size: PixelSize(width: 64, height: 48))
    let start = field.withVectors { $0.baseAddress }
    field.reshape(to: PixelSize(width: 10, height: 7))
    let (address, count) = field.withVectors { ($0.baseAddress, $0.count) }
    #expect(address == start && count == 140)
    field.reshape(to: PixelSize(width: 48, height: 64))
    let last = field.withVectors { $0.baseAddress }
    #expect(last == start)
  }

  @Test func copies() {
    let field = FlowScene.field(PixelSize(width: 5, height: 4)) { ($0, 2 * $1) }
    var copy = FlowField(size: PixelSize(width: 1, height: 1))
    copy.copyVectors(of: field)
    #expect(copy.size == field.size && copy.vectors == field.vectors)
  }
}
