import SegBase
import SegCheckpoint
import SegTensor
import Testing

/// Parses a checkpoint from bytes.
func parse(_ bytes: [UInt8]) throws(InputError) -> Checkpoint {
  try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in try Checkpoint.parse(UnsafeRawBufferPointer(buffer)) }
}

/// The problem that parsing these bytes gives, or "" when there is none.
func problem(_ bytes: [UInt8]) -> String {
  do throws(InputError) {
    _ = try parse(bytes)
    return ""
  } catch {
    return error.problem
  }
}
