import SegTensor
import SegTestSupport
import Testing

private func number(_ value: Float) -> Tensor { Tensor(shape: [], floats: [value]) }

struct NamedTensorsTests {
  @Test func namesKeepTheOrderOfInsertion() {
    var tensors = NamedTensors()
    for name in ["b", "a", "c"] { tensors[name] = number(1) }
    tensors["a"] = number(2)
    #expect(tensors.names == ["b", "a", "c"])
    #expect(tensors["a"]?.floats() == [2])
  }

  @Test func settingNilRemoves() {
    var tensors = NamedTensors()
    for name in ["a", "b"] { tensors[name] = number(1) }
    tensors["a"] = nil
    tensors["unknown"] = nil
    #expect(tensors.names == ["b"])
    #expect(tensors.count == 1)
    #expect(tensors["a"] == nil)
  }

  @Test func renamingMapsAndDrops() {
    var tensors = NamedTensors()
    for name in ["module.a", "module.b", "other"] { tensors[name] = number(3) }
    let renamed = tensors.renamed { $0.hasPrefix("module.") ? String($0.dropFirst(7)) : nil }
    #expect(renamed.names == ["a", "b"])
    #expect(renamed["b"]?.floats() == [3])
  }
}
