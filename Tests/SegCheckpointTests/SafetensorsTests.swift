import Foundation
import SegBase
import SegCheckpoint
import SegTensor
import Testing

private func file(_ header: String, _ data: [UInt8] = [0, 0, 128, 63]) -> [UInt8] { little(header.utf8.count, 8) + Array(header.utf8) + data }

private func entry(_ type: String = "F32", _ shape: String = "[1]", _ offsets: String = "[0,4]", name: String = "t") -> String {
  "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

struct SafetensorsTests {
  @Test func whatIsWrittenIsRead() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var tensors = NamedTensors()
    tensors["zeta \"\\\n\u{1}é"] = Tensor(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])
    tensors["empty"] = Tensor(shape: [0], floats: [])
    tensors["alpha"] = Tensor(shape: [], elementType: .int8) { $0[0] = 0xFE }
    try Safetensors.write(tensors, metadata: ["network": "enet", "quote": "\""], to: path)
    let checkpoint = try Checkpoint.open(path: path)
    #expect(checkpoint.container == .safetensors)
    #expect(checkpoint.metadata == ["network": "enet", "quote": "\""])
    #expect(checkpoint.tensors.names == tensors.names)
    for name in tensors.names {
      #expect(checkpoint.tensors[name]?.shape == tensors[name]?.shape)
      #expect(checkpoint.tensors[name]?.elementType == tensors[name]?.elementType)
      #expect(checkpoint.tensors[name]?.floats() == tensors[name]?.floats())
    }
  }

  @Test func escapesInNamesAreRead() throws {
    let header = "{ " + entry(name: "a\\u00e9\\ud83d\\ude00\\n\\/").replacingOccurrences(of: ":", with: " : ") + " }  "
    #expect(try parse(file(header)).tensors.names == ["aé😀\n/"])
  }

  @Test(arguments: [
    "{" + entry("F8_E4M3") + "}", "{" + entry("F32", "[2]") + "}", "{" + entry("F32", "[1]", "[4,8]") + "}", "{" + entry("F32", "[1]", "[4,0]") + "}",
    "{" + entry("F32", "[-1]") + "}", "{" + entry("F32", "[1.0]") + "}", "{" + entry("F32", "[4611686018427387904,4]") + "}",
    "{" + entry("F32", "[1]", "[0,99999999999999999999]") + "}", "{" + entry() + "," + entry() + "}", "{" + entry() + "," + entry(name: "u") + "}",
    "{" + entry() + "} x", "{" + entry(), "{\"t\":1}", "{\"t\":{\"dtype\":\"F32\"}}", "{\"t\":[]}", "{\"t\"}", "{,}", "{\"\\ud800\":{}}", "{\"\\uZZZZ\":{}}",
  ])
  func wrongHeadersAreErrors(header: String) { #expect(problem(file(header)) != "") }

  @Test func deepNestingIsAnError() { #expect(problem(file(String(repeating: "{\"a\":", count: 100_000))) != "") }

  @Test func aFileThatCannotBeWrittenLeavesNothing() throws {
    let error = try #require(throws: InputError.self) { try Safetensors.write(NamedTensors(), to: "/nowhere/x.safetensors") }
    #expect(error.description.contains("/nowhere/x.safetensors: cannot be written"))
  }
}
