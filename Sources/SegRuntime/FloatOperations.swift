import SegGraph

/// What the kernels of our own do with the sums of a convolution of floats: an activation, the addition of a map, another activation.
struct FloatOperations {
  /// Activations before and after the sum with another map; the second only with a sum.
  private(set) var before, after: Activation?
  /// The node's input that is added.
  private(set) var added: Int?

  /// Nil for what the kernels have no code for: curved activations, several sums, and more than one activation on either side of the sum.
  init?(_ operations: [PostOperation]) {
    for operation in operations {
      switch operation {
      case .activation(let activation):
        guard activation.isStraight else { return nil }
        if added == nil, before == nil {
          before = activation
        } else if added != nil, after == nil {
          after = activation
        } else {
          return nil
        }
      case .add(let index):
        guard added == nil else { return nil }
        added = index
      }
    }
  }
}
