import SegBase
import SegGraph

/// Makes the prototypes that masks are sums of, at twice the size of P3 (arXiv 1904.02689, 3.1).
enum PrototypeNetwork {
  /// The layer whose rows are the prototypes.
  static let last = "proto_net.10"

  /// Adds the layers from P3 to the prototypes, after ReLU.
  static func add(_ layers: inout LayerBuilder, _ p3: ValueID) throws(InputError) -> ValueID {
    var x = p3
    for index in [0, 2, 4] { x = try layers.centredConvolution("proto_net.\(index)", x, channels: 256, activation: .relu) }
    let shape = layers.graph.shape(of: x)
    x = try layers.graph.add(
      .resizeBilinear(height: 2 * shape.height, width: 2 * shape.width, alignCorners: false), name: "proto_net.6", inputs: [x])
    x = try layers.centredConvolution("proto_net.8", x, channels: 256, activation: .relu)
    return try layers.centredConvolution(last, x, channels: 32, kernel: 1, activation: .relu)
  }
}
