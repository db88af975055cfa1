import SegBase
import SegGraph
import SegTensor

/// A node of a `GraphDescription`: an operation by its name, with whole numbers, fractions and tensors as its attributes.
public struct NodeDescription: Codable, Equatable, Sendable {
  /// The checkpoint's key prefix the node stands for, or a name like it.
  public let name: String
  /// "convolution", "relu": the names of `Operation` and `Activation`.
  public private(set) var operation = ""
  /// Indices of the values it reads.
  public let inputs: [Int]
  /// Indices of the values it makes.
  public let outputs: [Int]
  /// Sizes and steps (rows, columns), padding (top, bottom, left, right), and flags as 0 or 1.
  public private(set) var integers: [String: [Int]] = [:]
  /// Slopes and epsilons.
  public private(set) var numbers: [String: Float] = [:]
  /// Names of tensors in the weights' file by their part in the operation.
  public internal(set) var tensors: [String: String] = [:]
  /// The tensors by their part in the operation; not written.
  private(set) var weights: [(name: String, tensor: Tensor)] = []

  private enum CodingKeys: String, CodingKey {
    case name, operation, inputs, outputs, integers, numbers, tensors
  }

  /// Describes a node; throws for operations that are not part of the comparison.
  init(_ node: Node) throws(InputError) {
    name = node.name
    inputs = node.inputs.map(\.index)
    outputs = node.outputs.map(\.index)
    try describe(node.operation)
  }

  /// Equal when what is written is.
  public static func == (left: NodeDescription, right: NodeDescription) -> Bool {
    left.name == right.name && left.operation == right.operation && left.inputs == right.inputs && left.outputs == right.outputs
      && left.integers == right.integers && left.numbers == right.numbers && left.tensors == right.tensors
  }

  private mutating func describe(_ operation: Operation) throws(InputError) {
    switch operation {
    case .convolution(let convolution) where convolution.postOperations.isEmpty: describe(convolution)
    case .transposedConvolution(let convolution) where convolution.postOperations.isEmpty: describe(convolution)
    case .batchNormalization(let normalization): describe(normalization)
    case .scaleShift(let affine) where affine.activation == nil:
      self.operation = "scaleShift"
      weights = [("scale", Tensor(shape: [affine.scale.count], floats: affine.scale)), ("shift", Tensor(shape: [affine.shift.count], floats: affine.shift))]
    case .activation(let activation): describe(activation)
    case .add(activation: nil): self.operation = "add"
    case .multiply: self.operation = "multiply"
    case .concatenate: self.operation = "concatenate"
    case .padChannels(let channels): (self.operation, integers) = ("padChannels", ["channels": [channels]])
    case .maxPool(let window, _): describe(window, as: "maxPool")
    case .averagePool(let window): describe(window, as: "averagePool")
    case .maxUnpool(let height, let width): (self.operation, integers) = ("maxUnpool", ["size": [height, width]])
    case .adaptiveAveragePool(let height, let width): (self.operation, integers) = ("adaptiveAveragePool", ["size": [height, width]])
    case .resizeBilinear(let height, let width, let alignCorners):
      (self.operation, integers) = ("resizeBilinear", ["size": [height, width], "alignsCorners": [alignCorners ? 1 : 0]])
    default: throw InputError("its operation is not one that networks are compared in", subject: name, advice: "try another network")
    }
  }

  private mutating func describe(_ convolution: Convolution) {
    operation = "convolution"
    integers = [
      "stride": [convolution.stride.vertical, convolution.stride.horizontal], "padding": convolution.padding.sides,
      "dilation": [convolution.dilation.vertical, convolution.dilation.horizontal], "groups": [convolution.groups],
    ]
    weights = [("weight", convolution.weight)] + (convolution.bias.map { [("bias", $0)] } ?? [])
  }

  private mutating func describe(_ convolution: TransposedConvolution) {
    operation = "transposedConvolution"
    integers = [
      "stride": [convolution.stride.vertical, convolution.stride.horizontal], "padding": convolution.padding.sides,
      "outputPadding": [convolution.outputPadding.vertical, convolution.outputPadding.horizontal],
    ]
    weights = [("weight", convolution.weight)] + (convolution.bias.map { [("bias", $0)] } ?? [])
  }

  private mutating func describe(_ normalization: BatchNormalization) {
    (operation, numbers) = ("batchNormalization", ["epsilon": normalization.epsilon])
    weights = [
      ("scale", normalization.scale), ("shift", normalization.shift), ("mean", normalization.mean), ("variance", normalization.variance),
    ]
  }

  private mutating func describe(_ activation: Activation) {
    switch activation {
    case .relu: operation = "relu"
    case .relu6: operation = "relu6"
    case .leakyRelu(let slope): (operation, numbers) = ("leakyRelu", ["slope": slope])
    case .prelu(let slopes): (operation, weights) = ("prelu", [("slopes", Tensor(shape: [slopes.count], floats: slopes))])
    case .sigmoid: operation = "sigmoid"
    case .tanh: operation = "tanh"
    }
  }

  private mutating func describe(_ window: PoolingWindow, as name: String) {
    operation = name
    integers = [
      "kernel": [window.kernel.vertical, window.kernel.horizontal], "stride": [window.stride.vertical, window.stride.horizontal],
      "padding": window.padding.sides, "ceilMode": [window.ceilMode ? 1 : 0],
    ]
  }
}

extension Padding {
  /// Top, bottom, left, right.
  fileprivate var sides: [Int] { [top, bottom, left, right] }
}
