/// Builds PaddlePaddle's files of one variable, right ones and wrong ones.
enum PaddleAssembler {
  /// A TensorDesc.
  static func description(_ shape: [Int], type: Int = 5, isPacked: Bool = false) -> [UInt8] {
    let axes = isPacked ? ProtobufAssembler.field(2, shape.flatMap(ProtobufAssembler.varint)) : shape.flatMap { ProtobufAssembler.field(2, $0) }
    return ProtobufAssembler.field(1, type) + axes
  }

  /// A dump of a LoDTensor.
  static func dump(_ description: [UInt8], _ numbers: [UInt8], levels: [[UInt8]] = []) -> [UInt8] {
    little(0, 4) + little(levels.count, 8) + levels.flatMap { little($0.count, 8) + $0 } + little(0, 4) + little(description.count, 4) + description + numbers
  }

  /// A dump of float32 numbers.
  static func variable(_ shape: [Int], _ values: [Float]) -> [UInt8] { dump(description(shape), floatBytes(values)) }
}
