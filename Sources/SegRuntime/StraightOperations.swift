import SegGraph

/// What the kernels of our own do with the sums of a convolution of bytes or bfloat16: an activation, the addition of a map, another activation.
struct StraightOperations {
  /// Activations of the sums, and of what they are after the addition.
  let before, after: Activation?

  /// Nil for what the kernels have no code for: results in another format than the input's precision or floats, additions of maps of another precision or, to
  /// bytes, into floats, several additions, more than one activation on either side of the addition, and curved activations.
  init?(_ operations: [PostOperation], from input: ElementFormat, adding added: ElementFormat?, to output: ElementFormat) {
    let precision = input.precision
    guard precision != .float32, output.precision == precision || output == .float32,
      operations.count(where: { if case .add = $0 { true } else { false } }) <= 1
    else { return nil }
    if let added { guard added.precision == precision, output.precision == precision || precision != .int8 else { return nil } }
    let parts = operations.split(maxSplits: 1, omittingEmptySubsequences: false) { if case .add = $0 { true } else { false } }
    let activations = parts.map { $0.compactMap { if case .activation(let activation) = $0 { activation } else { nil } } }
    let ordered = activations.count == 1 && activations[0].count == 2 ? activations[0].map { [$0] } : activations
    guard (added != nil) == (parts.count == 2), ordered.allSatisfy({ $0.count <= 1 && $0.allSatisfy(\.isStraight) }) else { return nil }
    before = ordered.count == 2 ? ordered[0].first : nil
    let last = ordered.last?.first
    // Bytes without a sign end at zero by themselves.
    if case .unsigned8 = output, last == .relu { after = nil } else { after = last }
  }
}
