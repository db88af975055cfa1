import Foundation
import SegBase
import SegTensor
import SegTestSupport
import Testing

@testable import SegCheckpoint
@testable import SegModels

/// A network's checkpoint in a file that is read tensor by tensor; the file is removed with this.
private final class WeightsOnDisk {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
  let model: LoadedModel

  init(_ checkpoint: Checkpoint) throws {
    try Safetensors.write(checkpoint.tensors, to: path)
    model = try LoadedModel(try Checkpoint.open(path: path, largestHeld: 0))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes the file's last byte anew.
  func touch() {
    usleep(20_000)  // longer than the steps of the clock of file systems
    let descriptor = open(path, O_WRONLY)
    defer { close(descriptor) }
    var byte: UInt8 = 0
    let size = lseek(descriptor, 0, SEEK_END)
    #expect(pwrite(descriptor, &byte, 1, size - 1) == 1)
  }
}

struct LoadedModelCompilingTests {
  private let size = PixelSize(width: 64, height: 40)

  @Test("a network whose weights stay in their file gives what one with weights in memory gives")
  func sameOutputs() throws {
    let checkpoints = [try randomCheckpoint("davidtvs", classCount: 5), try NarrowYolact.checkpoint(.yolact, "yolact-plus", "resnet50")]
    for checkpoint in checkpoints {
      let (onDisk, inMemory) = (try WeightsOnDisk(checkpoint), try LoadedModel(checkpoint))
      let size = inMemory.findsInstances ? PixelSize(width: 131, height: 97) : size
      let input = GoldenRule.input("input", shape: [1, 3, size.height, size.width])
      let (one, other) = (try RawInference(onDisk.model).run(input), try RawInference(inMemory).run(input))
      #expect(one.names == other.names)
      for name in one.names { #expect(one[name]?.floats() == other[name]?.floats(), "\(name)") }
      #expect(WeightFingerprint.text(onDisk.model.tensors) == WeightFingerprint.text(inMemory.tensors))
    }
  }

  @Test("weights that were written to since they were loaded are told of by whatever reads them")
  func changedWeights() throws {
    let checkpoint = try randomCheckpoint("davidtvs", classCount: 5)
    let uses: [(String, (LoadedModel) throws -> Void)] = [
      ("labels", { try SegmentationModel($0, threads: 1).prepare(for: size) }),
      ("scores", { _ = try SegmentationModel($0, threads: 1, keepsFeatures: true).scoreShape(for: size) }),
      ("raw", { _ = try RawInference($0).run(GoldenRule.input("input", shape: [1, 3, size.height, size.width])) }),
      ("calibration", { _ = try Calibrator($0, size: size, frames: 1, threads: 1) }),
      ("conversion", { try Safetensors.write($0.tensors, to: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path) }),
    ]
    for (name, use) in uses {
      let weights = try WeightsOnDisk(checkpoint)
      try use(weights.model)
      weights.touch()
      let error = try #require(throws: InputError.self, "\(name)") { try use(weights.model) }
      #expect(error.description == "\(weights.path): changed while it was in use (start again)", "\(name)")
    }
  }

  @Test("weights of a file that another took the name of can be compiled again")
  func replacedWeights() throws {
    let weights = try WeightsOnDisk(try randomCheckpoint("davidtvs", classCount: 5))
    try Data([1]).write(to: URL(fileURLWithPath: weights.path), options: .atomic)
    try SegmentationModel(weights.model, threads: 1).prepare(for: size)
  }
}
