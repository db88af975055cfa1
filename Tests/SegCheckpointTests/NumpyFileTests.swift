import Foundation
import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
  [0x93] + Array("NUMPY".utf8) + [version, 0] + little(header.utf8.count, version == 1 ? 2 : 4) + Array(header.utf8) + data
}

private func read(_ bytes: [UInt8]) throws(InputError) -> Tensor {
  try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in try NumpyFile.parse(UnsafeRawBufferPointer(buffer)) }
}

struct NumpyFileTests {
  @Test(arguments: [[], [5], [2, 3], [1, 3, 7, 5], [0, 4]])
  func whatIsWrittenIsRead(shape: [Int]) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let tensor = Tensor(shape: shape, floats: (0..<shape.reduce(1, *)).map { Float($0) / 3 })
    try NumpyFile.write(tensor, to: path)
    let result = try NumpyFile.read(path: path)
    #expect(result.shape == shape)
    #expect(result.floats() == tensor.floats())
  }

  @Test func otherVersionsAndTypesAreRead() throws {
    let header = "{'descr':'<f8','fortran_order': False,'shape':(2,)}"
    let data = [1.5, -2].flatMap { little(Int(bitPattern: UInt($0.bitPattern)), 8) }
    for version in [1, 2, 3] as [UInt8] { #expect(try read(file(header, data, version: version)).floats() == [1.5, -2]) }
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }",
    "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }",
    "{'fortran_order': False, 'shape': (1,), }", "{'descr': '<f4', 'shape': (1,), }", "{'descr': '<f4', 'fortran_order': False}", "",
  ])
  func wrongHeadersAreErrors(header: String) { #expect(throws: InputError.self) { try read(file(header, [0, 0, 0, 0])) } }

  @Test func truncationsAreErrors() {
    let bytes = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0])
    for count in 0..<bytes.count { #expect(throws: InputError.self) { try read(Array(bytes[..<count])) } }
  }

  @Test(.enabled(if: SharedData.exists("golden"), "needs ../shared/golden"))
  func numpysOwnFilesAreRead() throws {
    let tensor = try NumpyFile.read(path: SharedData.path("golden/enet_davidtvs_12_91x133.npy"))
    #expect(tensor.shape == [12, 91, 133])
  }
}
