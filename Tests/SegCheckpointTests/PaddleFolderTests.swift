import Foundation
import SegBase
import SegTensor
import Testing

@testable import SegCheckpoint

private let variable = PaddleAssembler.variable([2], [1, 2])

/// Calls `body` with the path of a folder of those files, which is removed afterwards.
private func withFolder<Result>(_ files: [String: [UInt8]], _ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  for (name, bytes) in files {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }
  return try body(folder.path)
}

private func names(_ files: [String: [UInt8]]) throws -> [String] { try withFolder(files) { try Checkpoint.open(path: $0).tensors.names } }

private func error(_ files: [String: [UInt8]]) throws -> (error: InputError, folder: String) {
  try withFolder(files) { path in (try #require(throws: InputError.self) { try Checkpoint.open(path: path) }, path) }
}

struct PaddleFolderTests {
  @Test("variables are named by their paths, sorted, slashes included")
  func paths() throws {
    let files = ["b": variable, "a/conv/weights": PaddleAssembler.variable([1], [5]), "a/conv/biases": variable, "a.b": variable]
    let checkpoint = try withFolder(files) { try Checkpoint.open(path: $0) }
    #expect(checkpoint.container == .paddleStatic)
    #expect(checkpoint.tensors.names == ["a.b", "a/conv/biases", "a/conv/weights", "b"])
    #expect(checkpoint.tensors["a/conv/weights"]?.floats() == [5])
  }

  @Test("folders that an archive puts around everything are no part of the names")
  func wrappers() throws {
    #expect(try names(["model/a": variable, "model/b/c": variable, "README": [65]]) == ["a", "b/c"])
    #expect(try names(["out/best_model/a/x": variable, "out/best_model/a2/x": variable]) == ["a/x", "a2/x"])
    #expect(try names(["model/a": variable, "model2/a": variable]) == ["model/a", "model2/a"])
    #expect(try names(["model/a": variable]) == ["a"])
  }

  @Test("other files, hidden ones and optimisers' variables are passed over")
  func others() throws {
    let files: [String: [UInt8]] = [
      "a": variable, "README.md": Array("text".utf8), "__model__": [0x0A, 0x10], "x.pdmodel": [0x0A, 0x10], "empty": [], ".hidden": variable,
      ".git/a": [0, 0, 0, 0], "a_velocity_0": variable, "learning_rate_0": variable,
    ]
    #expect(try names(files) == ["a"])
  }

  @Test("symbolic links are not followed")
  func links() throws {
    try withFolder(["inside/a": variable, "outside/b": variable]) { path in
      for (link, target) in [("inside/link", "\(path)/outside/b"), ("inside/folder", "\(path)/outside"), ("inside/loop", "\(path)/inside")] {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(link)", withDestinationPath: target)
      }
      #expect(try Checkpoint.open(path: "\(path)/inside").tensors.names == ["a"])
      // The folder that the user names may be a link.
      #expect(try Checkpoint.open(path: "\(path)/inside/folder").tensors.names == ["b"])
    }
  }

  @Test("pipes are passed over without waiting for a writer")
  func pipes() throws {
    try withFolder(["a": variable]) { path in
      #expect(mkfifo("\(path)/pipe", 0o600) == 0)
      let checkpoint = try Checkpoint.open(path: path)
      #expect(checkpoint.tensors.names == ["a"])
    }
  }

  @Test("a folder without variables is one clear error")
  func noVariables() throws {
    for files in [[:], ["README": [65]], ["w_velocity_0": variable]] as [[String: [UInt8]]] {
      let (error, folder) = try error(files)
      #expect(error.problem == "a folder without variables of PaddlePaddle")
      #expect(error.subject == folder)
    }
  }

  @Test("a damaged variable is an error that names its file, at whatever byte it is cut")
  func damaged() throws {
    try withFolder(["a": variable, "b/c": variable]) { path in
      for count in 1..<variable.count {
        try Data(variable[..<count]).write(to: URL(fileURLWithPath: "\(path)/b/c"))
        let error = try #require(throws: InputError.self, "first \(count) bytes") { try Checkpoint.open(path: path) }
        #expect(error.subject == "\(path)/b/c")
      }
    }
  }

  @Test("combined parameters in a folder are named as such")
  func combined() throws {
    let (error, folder) = try error(["__params__": variable + variable])
    #expect(error.problem.contains("do not hold the names"))
    #expect(error.subject == "\(folder)/__params__")
  }

  @Test("folders nest as deep as the limit and no deeper")
  func depth() throws {
    let path = { (folders: Int) in String(repeating: "d/", count: folders) + "x" }
    #expect(try names(["a": variable, path(PaddleFolder.largestDepth - 1): variable]).count == 2)
    #expect(try error(["a": variable, path(PaddleFolder.largestDepth): variable]).error.problem.contains("nest deeper"))
  }

  @Test("variables together are no larger than the limit")
  func size() throws {
    try withFolder(["a": variable, "b": variable]) { path in
      #expect(try PaddleFolder.read(path: path, limit: 2 * variable.count).tensors.count == 2)
      let error = try #require(throws: InputError.self) { try PaddleFolder.read(path: path, limit: 2 * variable.count - 1) }
      #expect(error.problem.contains("is too large"))
    }
  }

  @Test("a folder of too many files is an error")
  func count() throws {
    try withFolder([:]) { path in
      for index in 0...PaddleFolder.largestCount { close(creat("\(path)/\(index)", 0o600)) }
      let error = try #require(throws: InputError.self) { try Checkpoint.open(path: path) }
      #expect(error.problem == "holds more than 20000 files")
    }
  }
}
