public import SegTensor

/// The rule by which reference outputs were made: numbers that depend on a name alone, exact in `Float`.
public enum GoldenRule {
  /// `count` numbers in [0, 1): SplitMix64 seeded with the FNV-1a hash of the name, the upper 24 bits of each value.
  public static func uniform(_ name: String, count: Int) -> [Float] {
    var seed: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (0..<count).map { index in
      var z = seed &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return Float((z ^ z >> 31) >> 40) / 0x1p24
    }
  }

  /// The input tensor of that name, values in [-2, 2).
  public static func input(_ name: String, shape: [Int]) -> Tensor {
    Tensor(shape: shape, floats: uniform("input:" + name, count: shape.reduce(1, *)).map { ($0 * 2 - 1) * 2 })
  }

  /// A checkpoint of the given keys and shapes, filled by the rule.
  public static func checkpoint(_ keys: [(name: String, shape: [Int])]) -> NamedTensors {
    var normalised: Set<String> = []
    for key in keys {
      for suffix in [".running_mean", "._mean"] where key.name.hasSuffix(suffix) { normalised.insert(String(key.name.dropLast(suffix.count))) }
    }
    var tensors = NamedTensors()
    for key in keys { tensors[key.name] = tensor(key.name, key.shape, normalised) }
    return tensors
  }

  private static func tensor(_ name: String, _ shape: [Int], _ normalised: Set<String>) -> Tensor {
    let u = uniform(name, count: shape.reduce(1, *))
    let values: [Float]
    if name.hasSuffix("num_batches_tracked") {
      values = u.map { _ in 0 }
    } else if name.hasSuffix("running_var") || name.hasSuffix("._variance") {
      values = u.map { 0.5 + $0 }
    } else if name.hasSuffix("running_mean") || name.hasSuffix("._mean") {
      values = u.map { 0.2 * ($0 - 0.5) }
    } else if shape.count >= 2 {
      var bound = (3 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
      if ["pred1", "pred2", "pred3"].contains(where: { name.contains("flow_net.\($0).conv") }) { bound *= 3 }
      values = u.map { Float(bound) * (2 * $0 - 1) }
    } else if name == "data_sub1.0" {
      values = u.map { _ in 1 }
    } else if name.hasSuffix(".weight"), normalised.contains(String(name.dropLast(7))) {
      values = u.map { 0.75 + 0.5 * $0 }
    } else if name.hasSuffix(".weight") || name.hasSuffix("._weight") {
      values = u.map { 0.1 + 0.2 * $0 }
    } else {
      values = u.map { 0.1 * ($0 - 0.5) }
    }
    return Tensor(shape: shape, floats: values)
  }
}
