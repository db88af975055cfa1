import SegBase
import SegGraph

/// HRNetV2 (arXiv 1908.07919) as HRNet-Semantic-Segmentation has it (NETWORKS.md 7.1): branches of four resolutions that exchange features all along.
///
/// The logits are a quarter of the input's height and width. With object-contextual representations all interpolations align corners, else none does.
struct HRNet {
  var layers: LayerBuilder
  let structure: HRNetStructure
  let classCount: Int

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = HRNet(layers: LayerBuilder(parameters), structure: try HRNetStructure(parameters), classCount: classCount)
    return try network.build(shape)
  }

  private mutating func build(_ shape: FeatureShape) throws(InputError) -> Graph {
    layers.graph.stage = .shallow
    let input = layers.graph.input(shape)
    var x = try layers.normalizedConvolution("conv1", "bn1", input, channels: 64, kernel: 3, stride: 2)
    x = try layers.normalizedConvolution("conv2", "bn2", x, channels: 64, kernel: 3, stride: 2)
    for block in 0..<structure.stemBlocks { x = try bottleneck("layer1.\(block)", x, isFirst: block == 0) }
    let finest = try narrow(x)
    var branches = try stage(2, [finest, try halve("transition1.1.0", x, channels: 2 * structure.width)])

    layers.graph.stage = .deep
    for number in 3...4 {
      let coarsest = branches[number - 2]
      branches.append(try halve("transition\(number - 1).\(number - 1).0", coarsest, channels: structure.width << (number - 1)))
      branches = try stage(number, branches)
    }

    layers.graph.stage = .head
    let size = layers.graph.shape(of: branches[0])
    for index in 1...3 {
      branches[index] = try layers.resize("resize\(index)", branches[index], to: size, alignCorners: structure.hasContext)
    }
    let features = try layers.graph.add(.concatenate, name: "features", inputs: branches)
    let logits = structure.hasContext ? try contextScores(features) : try scores("last_layer", features)
    layers.graph.output(logits, name: "logits")
    return layers.graph.build()
  }

  private mutating func bottleneck(_ name: String, _ input: ValueID, isFirst: Bool) throws(InputError) -> ValueID {
    let (inner, outer) = (structure.stemWidth, 4 * structure.stemWidth)
    var x = try layers.normalizedConvolution("\(name).conv1", "\(name).bn1", input, channels: inner)
    x = try layers.normalizedConvolution("\(name).conv2", "\(name).bn2", x, channels: inner, kernel: 3)
    x = try layers.normalizedConvolution("\(name).conv3", "\(name).bn3", x, channels: outer, isLinear: true)
    var shortcut = input
    if isFirst && (layers.parameters.has("\(name).downsample.0.weight") || layers.graph.shape(of: input).channels != outer) {
      shortcut = try layers.normalizedConvolution("\(name).downsample.0", "\(name).downsample.1", input, channels: outer, isLinear: true)
    }
    return try layers.relu(name, try layers.add(name, shortcut, x))
  }

  private mutating func basicBlock(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let channels = layers.graph.shape(of: input).channels
    var x = try layers.normalizedConvolution("\(name).conv1", "\(name).bn1", input, channels: channels, kernel: 3)
    x = try layers.normalizedConvolution("\(name).conv2", "\(name).bn2", x, channels: channels, kernel: 3, isLinear: true)
    return try layers.relu(name, try layers.add(name, input, x))
  }

  /// The finest branch from layer1's output, which is taken as it is where it has the branch's width.
  private mutating func narrow(_ input: ValueID) throws(InputError) -> ValueID {
    if layers.graph.shape(of: input).channels == structure.width { return input }
    return try layers.normalizedConvolution("transition1.0.0", "transition1.0.1", input, channels: structure.width, kernel: 3)
  }

  private mutating func halve(_ name: String, _ input: ValueID, channels: Int, isLinear: Bool = false) throws(InputError) -> ValueID {
    try layers.normalizedConvolution("\(name).0", "\(name).1", input, channels: channels, kernel: 3, stride: 2, isLinear: isLinear)
  }

  private mutating func stage(_ number: Int, _ input: [ValueID]) throws(InputError) -> [ValueID] {
    var branches = input
    for module in 0..<structure.modules[number - 2] {
      let name = "stage\(number).\(module)"
      for (branch, count) in structure.blocks[number - 2].enumerated() {
        for block in 0..<count { branches[branch] = try basicBlock("\(name).branches.\(branch).\(block)", branches[branch]) }
      }
      let sources = branches
      for target in branches.indices { branches[target] = try fuse("\(name).fuse_layers.\(target)", sources, target: target) }
    }
    return branches
  }

  /// The sum of all branches in the resolution and width of branch `target`, which comes first: convolutions can then add to it what they make.
  private mutating func fuse(_ name: String, _ sources: [ValueID], target: Int) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: sources[target])
    var sum = sources[target]
    for source in sources.indices where source != target {
      var x = sources[source]
      if source > target {
        x = try layers.normalizedConvolution("\(name).\(source).0", "\(name).\(source).1", x, channels: shape.channels, isLinear: true)
        x = try layers.resize("\(name).\(source).2", x, to: shape, alignCorners: structure.hasContext)
      } else {
        for step in 0..<(target - source) {
          let isLast = step == target - source - 1
          let channels = isLast ? shape.channels : layers.graph.shape(of: x).channels
          x = try halve("\(name).\(source).\(step)", x, channels: channels, isLinear: isLast)
        }
      }
      sum = try layers.add(name, sum, x)
    }
    return try layers.relu(name, sum)
  }

  /// Two 1x1 convolutions with a normalisation between: keys `<name>.0`, `.1` and `.3`.
  mutating func scores(_ name: String, _ features: ValueID) throws(InputError) -> ValueID {
    let channels = layers.graph.shape(of: features).channels
    var x = try layers.convolution("\(name).0", features, channels: channels, kernel: (1, 1), needsBias: true)
    x = try layers.relu("\(name).1", try layers.batchNormalization("\(name).1", x))
    return try layers.convolution("\(name).3", x, channels: classCount, kernel: (1, 1), needsBias: true)
  }
}
