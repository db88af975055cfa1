import SegTensor

/// A number by which weights are told from others of the same shapes: FNV-1a over the tensors' names, types and shapes and some of their bytes.
enum WeightFingerprint {
  /// Bytes of each tensor that count, evenly spread.
  private static let sampleCount = 64

  /// Sixteen hexadecimal digits; the same whatever the order of the tensors in the file.
  static func text(_ tensors: NamedTensors) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for name in tensors.names.sorted() {
      guard let tensor = tensors[name] else { continue }
      for byte in "\(name) \(tensor.elementType.rawValue) \(LoadReport.shape(tensor.shape)) ".utf8 { add(byte) }
      let size = tensor.count * tensor.elementType.byteCount
      let samples = min(sampleCount, size)
      for byte in tensor.bytes(at: (0..<samples).map { $0 * (size - 1) / max(1, samples - 1) }) { add(byte) }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
