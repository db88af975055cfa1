import COneDNN
import SegGraph

/// A post-operation in the library's terms.
struct LibraryPostOperation {
  var kind: SegPostKind
  var alpha: Float = 0
  var beta: Float = 0
  var slopes: [Float] = []
  var format = SEG_LIBRARY_FLOAT32

  /// Adds what lies in the output's place as elements of `format`.
  static func sum(_ format: ElementFormat) -> LibraryPostOperation {
    LibraryPostOperation(kind: SEG_POST_SUM, alpha: format.scale, format: format.libraryFormat)
  }

  /// Adds the map that is bound, of the output's format.
  static let add = LibraryPostOperation(kind: SEG_POST_ADD)

  init(kind: SegPostKind, alpha: Float = 0, beta: Float = 0, slopes: [Float] = [], format: SegLibraryFormat = SEG_LIBRARY_FLOAT32) {
    (self.kind, self.alpha, self.beta, self.slopes, self.format) = (kind, alpha, beta, slopes, format)
  }

  init(_ activation: Activation) {
    switch activation {
    case .relu: self.init(kind: SEG_POST_LEAKY_RELU)
    case .relu6: self.init(kind: SEG_POST_CLIP, beta: 6)
    case .leakyRelu(let slope): self.init(kind: SEG_POST_LEAKY_RELU, alpha: slope)
    case .prelu(let slopes): self.init(kind: SEG_POST_PRELU, slopes: slopes)
    case .sigmoid: self.init(kind: SEG_POST_LOGISTIC)
    case .tanh: self.init(kind: SEG_POST_TANH)
    }
  }

  /// Whether twice the input does not give twice the output.
  fileprivate var isCurved: Bool { kind == SEG_POST_LOGISTIC || kind == SEG_POST_TANH }

  /// The same operation on numbers that are counted in `unit`.
  func counted(in unit: Float) -> LibraryPostOperation {
    var operation = self
    switch kind {
    case SEG_POST_SUM: operation.alpha /= unit
    case SEG_POST_CLIP: (operation.alpha, operation.beta) = (alpha / unit, beta / unit)
    default: break
    }
    return operation
  }
}

extension [LibraryPostOperation] {
  /// What the results of the sums are counted in, for an output of that format: its scale, so that what follows needs no factor, where all that follows is
  /// linear but for its corners.
  func unit(of format: ElementFormat) -> Float { contains(where: \.isCurved) ? 1 : format.scale }

  /// The operations that end in elements of `format`.
  func ending(in format: ElementFormat) -> [LibraryPostOperation] {
    let unit = unit(of: format)
    let counted = map { $0.counted(in: unit) }
    return unit == format.scale ? counted : counted + [LibraryPostOperation(kind: SEG_POST_SCALE, alpha: 1 / format.scale)]
  }
}

extension ElementFormat {
  /// What a byte stands for; 1 for the others.
  var scale: Float {
    switch self {
    case .float32, .bfloat16: 1
    case .signed8(let scale), .unsigned8(let scale): scale
    }
  }

  /// The format in the library's terms.
  var libraryFormat: SegLibraryFormat {
    switch self {
    case .float32: SEG_LIBRARY_FLOAT32
    case .bfloat16: SEG_LIBRARY_BFLOAT16
    case .signed8: SEG_LIBRARY_SIGNED8
    case .unsigned8: SEG_LIBRARY_UNSIGNED8
    }
  }
}
