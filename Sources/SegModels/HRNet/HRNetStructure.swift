import SegBase

/// What tells HRNets apart: widths, and how often blocks and modules are repeated.
struct HRNetStructure: Hashable {
  /// The inner width of the bottlenecks in layer1; their output is four times as wide.
  var stemWidth = 64
  /// Bottlenecks in layer1.
  var stemBlocks = 4
  /// Channels of the finest branch; each coarser one has twice as many.
  var width: Int
  /// Modules in stages 2, 3 and 4.
  var modules = [1, 4, 3]
  /// Blocks in each branch of a module, for stages 2, 3 and 4.
  var blocks = [[4, 4], [4, 4, 4], [4, 4, 4, 4]]
  /// Whether pixels are described by the regions they belong to (object-contextual representations, arXiv 1909.11065).
  var hasContext = false

  private static let twoBlocks = [[2, 2], [2, 2, 2], [2, 2, 2, 2]]

  /// The published structures by name.
  static let published: [(name: String, structure: HRNetStructure)] = [
    ("w18", HRNetStructure(width: 18)), ("w48", HRNetStructure(width: 48)),
    ("w18-small-v1", HRNetStructure(stemWidth: 32, stemBlocks: 1, width: 16, modules: [1, 1, 1], blocks: twoBlocks)),
    ("w18-small-v2", HRNetStructure(stemBlocks: 2, width: 18, modules: [1, 3, 2], blocks: twoBlocks)),
    ("w48-ocr", HRNetStructure(width: 48, hasContext: true)),
  ]

  /// "w18-small-v2" for the published structures, "w32" for others as deep as W18, else with the numbers of modules and blocks.
  var name: String {
    if let published = Self.published.first(where: { $0.structure == self }) { return published.name }
    let short = "w\(width)\(hasContext ? "-ocr" : "")"
    if self == HRNetStructure(width: width, hasContext: hasContext) { return short }
    let stages = zip(modules, blocks).map { modules, blocks in "\(modules) x \(blocks.map(String.init).joined(separator: "+"))" }
    return "\(short) of \(stemBlocks), \(stages.joined(separator: ", ")) blocks"
  }

  /// The tensors by which a structure is found, with their shapes.
  var deciding: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for block in 0..<stemBlocks { shapes["layer1.\(block).conv1.weight"] = [stemWidth, block == 0 ? 64 : 4 * stemWidth, 1, 1] }
    for stage in 0..<3 {
      for module in 0..<modules[stage] {
        for (branch, count) in blocks[stage].enumerated() {
          let channels = width << branch
          for block in 0..<count { shapes["stage\(stage + 2).\(module).branches.\(branch).\(block).conv1.weight"] = [channels, channels, 3, 3] }
        }
      }
    }
    if hasContext { shapes["conv3x3_ocr.0.weight"] = [512, 15 * width, 3, 3] }
    return shapes
  }
}

extension HRNetStructure {
  private static let largestWidth = 128

  /// The structure that a checkpoint's tensors show. Throws when the widths are those of no HRNet.
  ///
  /// A block or module counts when any of its tensors is there, so that a file that lost some of them is short of tensors instead of another network.
  init(_ parameters: ParameterSource) throws(InputError) {
    let (stem, branch) = (parameters.shape(of: "layer1.0.conv1.weight"), parameters.shape(of: "stage2.0.branches.0.0.conv1.weight"))
    // A block's first convolution may be pruned; what it reads is what the branch is made of.
    self.init(stemWidth: stem?.first ?? 64, width: branch?.dropFirst().first ?? 18)
    for width in [self.stemWidth, self.width] where !(1...Self.largestWidth).contains(width) {
      throw InputError("an HRNet of width \(width) is not possible", advice: "widths are 1 to \(Self.largestWidth)")
    }
    let parts = ["conv1.weight", "bn1.weight", "conv2.weight", "bn2.weight"]
    stemBlocks = ParameterSource.partCount { block in parts.contains { parameters.has("layer1.\(block).\($0)") } }
    for stage in 0..<3 {
      let (name, branches) = ("stage\(stage + 2)", 0..<stage + 2)
      let count = ParameterSource.partCount { module in branches.contains { parameters.has("\(name).\(module).branches.\($0).0.conv1.weight") } }
      modules[stage] = count
      blocks[stage] = branches.map { branch in
        ParameterSource.partCount { block in
          (0..<count).contains { module in parts.contains { parameters.has("\(name).\(module).branches.\(branch).\(block).\($0)") } }
        }
      }
    }
    hasContext = parameters.has("conv3x3_ocr.0.weight")
  }
}
