import SegGraph

extension Activation {
  /// Whether it is linear but for corners, as our own convolutions need it.
  var isStraight: Bool {
    switch self {
    case .relu, .relu6, .leakyRelu, .prelu: true
    case .sigmoid, .tanh: false
    }
  }
}
