import CSegKernels
import SegGraph

@testable import SegRuntime

/// Maps of bytes as planes of four channels, in plain code.
struct PlaneBytes {
  let shape: FeatureShape
  private let planes: SegBytePlanes

  init(_ shape: FeatureShape) { (self.shape, planes) = (shape, shape.bytePlanes) }

  var byteCount: Int { planes.byte_count }

  private func place(_ row: Int, _ column: Int, _ channel: Int) -> Int {
    row * planes.row_bytes + channel / 4 * planes.plane_bytes + 64 + 4 * column + channel % 4
  }

  private func places() -> [Int] {
    (0..<shape.height).flatMap { row in (0..<shape.width).flatMap { column in (0..<shape.channels).map { place(row, column, $0) } } }
  }

  /// Channels-last bytes as planes, with zeros around them and ones where no channel is.
  func spread(_ bytes: [UInt8]) -> [UInt8] {
    var made = [UInt8](repeating: 0, count: byteCount)
    for row in 0..<shape.height {
      for column in 0..<shape.width { for channel in 0..<4 * Int(planes.planes) { made[place(row, column, channel)] = 1 } }
    }
    for (byte, place) in zip(bytes, places()) { made[place] = byte }
    return made
  }

  /// The opposite.
  func gathered(_ bytes: [UInt8]) -> [UInt8] { places().map { bytes[$0] } }

  func hasZerosAround(_ bytes: [UInt8]) -> Bool {
    var isAround = [Bool](repeating: true, count: byteCount)
    for row in 0..<shape.height {
      for column in 0..<shape.width { for channel in 0..<4 * Int(planes.planes) { isAround[place(row, column, channel)] = false } }
    }
    return zip(bytes, isAround).allSatisfy { $0 == 0 || !$1 }
  }
}
