import SegBase
import SegGraph

/// Boxes, class scores and mask coefficients of every anchor, with one set of weights for all levels of the pyramid (arXiv 1904.02689, 3.2).
struct PredictionHead {
  private static let name = "prediction_layers.0"
  let layout: InstanceLayout

  /// Adds the head to each level and names its results "loc<level>", "conf<level>" and "mask<level>".
  ///
  /// Throws when the layers' channels are not those of the layout.
  func add(_ layers: inout LayerBuilder, _ levels: [ValueID]) throws(InputError) {
    for (index, level) in levels.enumerated() {
      let features = try layers.centredConvolution("\(Self.name).upfeature.0", level, channels: 256, activation: .relu)
      try addOutput("loc\(index)", "bbox_layer", &layers, features, values: 4)
      try addOutput("conf\(index)", "conf_layer", &layers, features, values: layout.classCount)
      try addOutput("mask\(index)", "mask_layer", &layers, features, values: layout.coefficientCount, activation: .tanh)
    }
  }

  private func addOutput(
    _ output: String, _ layer: String, _ layers: inout LayerBuilder, _ features: ValueID, values: Int, activation: Activation? = nil
  ) throws(InputError) {
    let channels = layout.anchorsPerPosition * values
    let made = try layers.centredConvolution("\(Self.name).\(layer)", features, channels: channels, activation: activation)
    let found = layers.graph.shape(of: made).channels
    guard found == channels else {
      throw InputError("gives \(found) values where \(layout.anchorsPerPosition) anchors of \(values) are needed", subject: "\(Self.name).\(layer)")
    }
    layers.graph.output(made, name: output)
  }
}

extension InstanceLayout {
  /// The layout of a network of the YOLACT family, by the shapes of its tensors; of no classes when they do not tell.
  static func yolact(_ shape: (String) -> [Int]?) -> InstanceLayout {
    func rows(_ name: String) -> Int { shape(name + ".weight")?.first ?? 0 }
    let (boxes, scores) = (rows("prediction_layers.0.bbox_layer"), rows("prediction_layers.0.conf_layer"))
    guard boxes >= 4, boxes.isMultiple(of: 4), scores.isMultiple(of: boxes / 4) else { return InstanceLayout(classCount: 0, anchorsPerPosition: 0) }
    let anchors = boxes / 4
    return InstanceLayout(
      classCount: scores / anchors, anchorsPerPosition: anchors, coefficientCount: rows(PrototypeNetwork.last),
      anchorRule: anchors == 9 ? .scalesAndRatios : .squares,
      rescoresMasks: MaskScoringNetwork.isPresent { shape($0) != nil })
  }
}
