import SegBase
import SegGraph
import SegTensor

/// YOLACT++'s network that says how well a mask covers its object: the expected intersection over union for each class (arXiv 1912.06218, 3.4.1).
enum MaskScoringNetwork {
  private static let name = "maskiou_net.maskiou_net"
  /// Output channels of the first five convolutions.
  private static let channels = [8, 16, 32, 64, 128]

  /// Whether a checkpoint has any of its tensors.
  static func isPresent(_ has: (String) -> Bool) -> Bool {
    (0...channels.count).contains { index in has("\(name).\(2 * index).weight") || has("\(name).\(2 * index).bias") }
  }

  /// Makes the graph for a cropped mask (height x width x 1, after the sigmoid). Output "iou": 1 x 1 x classes, the background left out.
  ///
  /// Throws when the mask is too small for six convolutions without padding, or the layers have not that many classes.
  static func build(_ parameters: ParameterSource, height: Int, width: Int, classCount: Int) throws(InputError) -> Graph {
    var layers = LayerBuilder(parameters)
    layers.graph.stage = .head
    var x = layers.graph.input(FeatureShape(height: height, width: width, channels: 1))
    for (index, count) in channels.enumerated() { x = try convolution(2 * index, &layers, x, channels: count, kernel: 3, stride: 2) }
    x = try convolution(2 * channels.count, &layers, x, channels: classCount - 1, kernel: 1, stride: 1)
    let shape = layers.graph.shape(of: x)
    guard shape.channels == classCount - 1 else {
      throw InputError("tells \(shape.channels) classes apart, not \(classCount - 1)", subject: "\(name).\(2 * channels.count)")
    }
    var window = PoolingWindow(kernel: 1, stride: 1)
    window.kernel = (shape.height, shape.width)
    layers.graph.output(try layers.graph.add(.maxPool(window, keepsIndices: false), name: "\(name).maximum", inputs: [x]), name: "iou")
    return layers.graph.build()
  }

  private static func convolution(
    _ index: Int, _ layers: inout LayerBuilder, _ input: ValueID, channels: Int, kernel: Int, stride: Int
  ) throws(InputError) -> ValueID {
    let key = "\(name).\(index)"
    let weight = layers.parameters.tensor(key + ".weight", shape: [channels, layers.graph.shape(of: input).channels, kernel, kernel], free: [0])
    var convolution = Convolution(weight: weight, bias: layers.parameters.tensor(key + ".bias", shape: [weight.shape[0]]))
    convolution.stride = (stride, stride)
    return try layers.relu("\(name).\(index + 1)", try layers.graph.add(.convolution(convolution), name: key, inputs: [input]))
  }
}
