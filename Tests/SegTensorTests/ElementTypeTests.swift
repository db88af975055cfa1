import SegTensor
import Testing

struct ElementTypeTests {
  @Test func sizesAreThoseOfTheNames() {
    for type in ElementType.allCases {
      let bits = Int(type.rawValue.filter(\.isNumber)) ?? 8
      #expect(type.byteCount == bits / 8, "\(type)")
    }
  }
}
