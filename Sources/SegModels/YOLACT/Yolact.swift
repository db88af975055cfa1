import SegBase
import SegGraph

/// YOLACT (arXiv 1904.02689), YOLACT++ (arXiv 1912.06218) and the image networks and keyframe passes of YolactEdge (arXiv 2012.12259).
///
/// Outputs as `InstanceLayout` says. Sizes need not be divisible by anything: each level has half the rows and columns of the finer one, rounded up.
struct Yolact {
  let pyramid: FeaturePyramid
  let head: PredictionHead
  /// Whether the pass also gives what the passes between keyframes need.
  let keepsCache: Bool

  /// Throws when the file's boxes and scores are not of one number of anchors.
  init(_ parameters: ParameterSource, keys: FeaturePyramid.Keys, classCount: Int, keepsCache: Bool = false) throws(InputError) {
    pyramid = FeaturePyramid(keys)
    // Random weights have their prediction layers made as they are asked for, so that the class count may be any.
    let anchors = (parameters.shape(of: "prediction_layers.0.bbox_layer.weight")?.first ?? 12) / 4
    let coefficients = parameters.shape(of: PrototypeNetwork.last + ".weight")?.first ?? 32
    guard anchors > 0, coefficients > 0 else { throw InputError("has no anchors or no prototypes") }
    head = PredictionHead(layout: InstanceLayout(classCount: classCount, anchorsPerPosition: anchors, coefficientCount: coefficients))
    self.keepsCache = keepsCache
  }

  /// Makes the graph of a full pass.
  ///
  /// With `keepsCache` it has further outputs for the passes until the next keyframe: "cache0" and "cache1", the pyramid's sums of levels 4 and 5, and
  /// "cache2", the reduced lateral of level 3.
  func build(_ parameters: ParameterSource, _ shape: FeatureShape) throws(InputError) -> Graph {
    var layers = LayerBuilder(parameters)
    let backbone = parameters.backbone
    layers.graph.stage = .shallow
    let picture = layers.graph.input(shape)
    let c3 = try backbone.addShallow(&layers, picture)
    let lateral = try pyramid.addLateral(3, &layers, c3)

    layers.graph.stage = .deep
    let (c4, c5) = try backbone.addDeep(&layers, c3)
    let t5 = try pyramid.addLateral(5, &layers, c5)
    let t4 = try pyramid.addSum(4, &layers, coarse: t5, lateral: try pyramid.addLateral(4, &layers, c4))
    if keepsCache {
      layers.graph.output(t4, name: "cache0")
      layers.graph.output(t5, name: "cache1")
      layers.graph.output(try FlowNetwork.addReduction(&layers, lateral), name: "cache2")
    }

    layers.graph.stage = .head
    let t3 = try pyramid.addSum(3, &layers, coarse: t4, lateral: lateral)
    try addHead(&layers, sums: [t3, t4, t5])
    return layers.graph.build()
  }

  /// Adds what follows the pyramid's sums of levels 3 to 5: its second part, the prototypes and the heads, with their outputs.
  func addHead(_ layers: inout LayerBuilder, sums: [ValueID]) throws(InputError) {
    let levels = try pyramid.addPredictions(&layers, sums: sums)
    try head.add(&layers, levels)
    layers.graph.output(try PrototypeNetwork.add(&layers, levels[0]), name: "proto")
    for (index, level) in levels.enumerated() { layers.graph.output(level, name: "p\(3 + index)") }
  }
}
