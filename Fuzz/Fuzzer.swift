import Glibc
import SegBase
import SegCheckpoint
import SegModels
import SegOverlay

/// The readers of other people's files by the names that Fuzz/run.sh knows them by. Any error is fine; a crash, a hang and much memory are not.
private let readers: [String: @Sendable (UnsafeRawBufferPointer) throws(InputError) -> Void] = [
  "torch-zip": { bytes throws(InputError) in _ = try Checkpoint.parse(bytes) },
  "torch-legacy": { bytes throws(InputError) in _ = try Checkpoint.parse(bytes) },
  "safetensors": { bytes throws(InputError) in _ = try Checkpoint.parse(bytes) },
  "pdparams": { bytes throws(InputError) in _ = try Checkpoint.parse(bytes) },
  "caffemodel": { bytes throws(InputError) in _ = try Checkpoint.parse(bytes) },
  "paddle-variable": { bytes throws(InputError) in _ = try PaddleVariable.parse(bytes) },
  "npy": { bytes throws(InputError) in _ = try NumpyFile.parse(bytes) },
  "classes": { bytes throws(InputError) in _ = try ClassFile.parse(String(decoding: bytes, as: UTF8.self), name: "fuzz") },
  "calibration": { bytes throws(InputError) in _ = try CalibrationTable(bytes, file: "fuzz") },
  "theme": { bytes throws(InputError) in _ = try Theme.parse(bytes, file: "fuzz") },
]

/// The reader that the environment's FUZZ_READER names.
private let reader = {
  guard let name = getenv("FUZZ_READER").map({ String(cString: $0) }), let reader = readers[name] else {
    fatalError("FUZZ_READER names none of \(readers.keys.sorted())")
  }
  return reader
}()

/// Feeds the bytes to the reader.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  try? reader(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
