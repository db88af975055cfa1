import SegTensor

/// Random parameters that keep a network's values in a usual range: for measuring speed and cost without a checkpoint.
struct SyntheticParameters {
  /// Tensors that exist though nothing asked for them yet, with their shapes; they decide about a network's structure and widths.
  let deciding: [String: [Int]]

  /// A tensor for a name and shape: the same one every time.
  func tensor(_ name: String, shape asked: [Int]) -> Tensor {
    let shape = deciding[name] ?? asked
    let count = shape.reduce(1, *)
    if shape.count < 2 {
      let value: Float = name.hasSuffix("running_mean") || name.hasSuffix("bias") ? 0 : name.hasSuffix("running_var") ? 1 : shape == [1] ? 0.25 : 1
      return Tensor(shape: shape, floats: [Float](repeating: value, count: count))
    }
    // The variance that keeps the sums of a layer as large as its inputs. The sum of four numbers of one range each is as good as a normal distribution, which trained
    // weights are nearer to than to one range: how fast a convolution of bytes runs may depend on how many weights are near the largest.
    let bound = (3 / Float(4 * max(1, shape.dropFirst().reduce(1, *)))).squareRoot()
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    // Made when they are needed, as those of a file are read then: measuring takes as much memory with random weights as with a checkpoint.
    let seed = state
    return Tensor(shape: shape) { values in
      var state = seed
      for index in 0..<count {
        var sum: Float = 0
        for _ in 0..<4 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          sum += Float(state >> 40) / 0x1p23 - 1
        }
        values[index] = bound * sum
      }
    }
  }
}
