/// What an operation can read and write; the same for every runtime of this package.
enum FormatRule {
  /// Float32 in and out.
  case float32
  /// Any format in and any out: elements are converted on the way.
  case any
  /// Elements are moved and compared only: what comes out has the format of what goes in, the first `maps` inputs.
  case moves(maps: Int)
  /// Reads elements of its precision; see `Precision.writes`.
  case convolution
}

extension Node {
  /// What the node can read and write.
  var formatRule: FormatRule {
    switch operation {
    case .convolution: .convolution
    case .scaleShift(let affine): affine.activation.isCheap ? .any : .float32
    case .activation(let activation): Optional(activation).isCheap ? .any : .float32
    case .add(let activation): activation.isCheap ? .any : .float32
    case .resizedSum(let sum): sum.activation.isCheap ? .any : .float32
    case .resizeBilinear, .averagePool, .adaptiveAveragePool, .multiply, .convert: .any
    case .interleave(let interleave):
      if inputs.count == 1, interleave.activation == nil { .moves(maps: 1) } else { interleave.activation.isCheap ? .any : .float32 }
    case .concatenate: .moves(maps: .max)
    case .maxPool, .maxUnpool, .padChannels, .splitPositions: .moves(maps: 1)
    case .transposedConvolution, .batchNormalization, .mapNormalization, .softmax, .warp, .deformableSample, .gatherRegions, .attend: .float32
    }
  }
}

extension Optional where Wrapped == Activation {
  /// Whether there is no slow function in it.
  fileprivate var isCheap: Bool {
    switch self {
    case .sigmoid, .tanh: false
    default: true
    }
  }
}

extension Precision {
  /// Whether a convolution of this precision can write elements of that format itself.
  func writes(_ format: ElementFormat) -> Bool {
    switch self {
    case .float32: format == .float32
    case .bfloat16: format == .float32 || format == .bfloat16
    case .int8: format != .bfloat16
    }
  }
}
