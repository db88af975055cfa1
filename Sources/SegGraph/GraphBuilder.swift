public import SegBase

/// Builds a graph node by node, in execution order; shapes are worked out on the way.
///
/// What a checkpoint or a size chosen by the user makes impossible is thrown with the node's name; a wrong number of inputs or an unknown value is a caller's mistake and traps.
public struct GraphBuilder {
  /// The stage that nodes added from now on belong to.
  public var stage = Stage.shallow
  private var graph = Graph()

  /// Starts an empty graph.
  public init() {}

  /// Adds a value the caller of the network fills.
  public mutating func input(_ shape: FeatureShape) -> ValueID {
    precondition(shape.height > 0 && shape.width > 0 && shape.channels > 0, "an input has elements")
    let value = append(GraphValue(shape: shape))
    graph.inputs.append(value)
    return value
  }

  /// Adds a node with one output and returns the output.
  public mutating func add(_ operation: Operation, name: String, inputs: [ValueID]) throws(InputError) -> ValueID {
    let outputs = try addNode(operation, name: name, inputs: inputs)
    precondition(outputs.count == 1, "the operation has one output")
    return outputs[0]
  }

  /// Adds a max pool that keeps where each maximum was; returns the maxima and their positions for a max unpool.
  public mutating func addMaxPoolWithIndices(_ window: PoolingWindow, name: String, input: ValueID) throws(InputError) -> (values: ValueID, indices: ValueID) {
    let outputs = try addNode(.maxPool(window, keepsIndices: true), name: name, inputs: [input])
    return (outputs[0], outputs[1])
  }

  /// Names a value as something the caller reads. Names are distinct; a value holding indices cannot be read.
  public mutating func output(_ value: ValueID, name: String) {
    precondition(graph.values.indices.contains(value.index) && !graph.values[value.index].isIndices, "an output is a map of this graph")
    precondition(!graph.outputs.contains { $0.name == name }, "output names are distinct")
    graph.outputs.append((name, value))
  }

  /// The shape of a value made so far.
  public func shape(of value: ValueID) -> FeatureShape { graph.shape(of: value) }

  /// The finished graph.
  public consuming func build() -> Graph { graph }

  private mutating func append(_ value: GraphValue) -> ValueID {
    graph.values.append(value)
    return ValueID(index: graph.values.count - 1)
  }

  private mutating func addNode(_ operation: Operation, name: String, inputs: [ValueID]) throws(InputError) -> [ValueID] {
    precondition(inputs.allSatisfy { graph.values.indices.contains($0.index) }, "inputs are values of this graph")
    let made = try ShapeInference.outputs(of: operation, inputs: inputs.map { graph.values[$0.index] }, name: name)
    let outputs = made.map { append($0) }
    graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs, stage: stage))
    return outputs
  }
}
