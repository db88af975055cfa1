import Foundation
import SegCheckpoint
import SegModels
import SegTensor
import SegTestSupport

/// A list of keys and shapes: one `name (4, 3)` a line.
enum KeyList {
  static let folder = "golden/keys"

  static func read(_ name: String) throws -> [(name: String, shape: [Int])] {
    let text = try String(contentsOfFile: SharedData.path("\(folder)/\(name).txt"), encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return (String(parts[0]), parts[1].split { !$0.isNumber }.compactMap { Int($0) })
    }
  }

  /// A checkpoint of those keys, filled by the golden rule.
  static func checkpoint(_ name: String) throws -> Checkpoint {
    Checkpoint(container: .safetensors, tensors: GoldenRule.checkpoint(try read(name)))
  }
}

/// A checkpoint of random weights of a dialect, as its file would be.
func randomCheckpoint(_ dialect: String, classCount: Int, metadata: [String: String] = [:]) throws -> Checkpoint {
  let model = try LoadedModel.random(architecture: .enet, dialect: dialect, classCount: classCount)
  return Checkpoint(container: .safetensors, tensors: model.tensors, metadata: metadata)
}
