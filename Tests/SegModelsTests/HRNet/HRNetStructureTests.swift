import SegTensor
import Testing

@testable import SegModels

struct HRNetStructureTests {
  @Test("a structure is found from the tensors that decide about it", arguments: [8, 18, 32, 40, 48, 64], [false, true])
  func structuresAreFound(width: Int, hasContext: Bool) throws {
    let structure = HRNetStructure(
      stemWidth: 48, stemBlocks: 3, width: width, modules: [2, 5, 1], blocks: [[4, 3], [2, 2, 6], [1, 1, 1, 1]], hasContext: hasContext)
    for structure in [structure, HRNetStructure(width: width, hasContext: hasContext)] {
      var tensors = NamedTensors()
      for (name, shape) in structure.deciding { tensors[name] = Tensor(shape: shape, elementType: .float16) { _ in } }
      #expect(try HRNetStructure(ParameterSource(tensors)) == structure)
      #expect(try HRNetStructure(ParameterSource(SyntheticParameters(deciding: structure.deciding))) == structure)
    }
  }

  @Test("names tell the width, the head and what is unusual") func names() {
    #expect(HRNetStructure.published.map(\.structure.name) == ["w18", "w48", "w18-small-v1", "w18-small-v2", "w48-ocr"])
    #expect(HRNetStructure(width: 40).name == "w40")
    #expect(HRNetStructure(width: 18, hasContext: true).name == "w18-ocr")
    #expect(HRNetStructure(width: 18, modules: [1, 4, 2]).name == "w18 of 4, 1 x 4+4, 4 x 4+4+4, 2 x 4+4+4+4 blocks")
  }
}
