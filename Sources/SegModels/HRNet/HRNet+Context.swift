import SegBase
import SegGraph

/// Object-contextual representations (arXiv 1909.11065): each pixel is described by the regions that first scores find, as far as it resembles them.
extension HRNet {
  /// The scores of pixels and their regions together.
  mutating func contextScores(_ features: ValueID) throws(InputError) -> ValueID {
    let regions = try scores("aux_head", features)
    var pixels = try layers.convolution("conv3x3_ocr.0", features, channels: 512, kernel: (3, 3), padding: Padding(1), needsBias: true)
    pixels = try layers.relu("conv3x3_ocr.1", try layers.batchNormalization("conv3x3_ocr.1", pixels))
    let means = try layers.graph.add(.gatherRegions, name: "ocr_gather_head", inputs: [pixels, regions])

    let head = "ocr_distri_head"
    let block = "\(head).object_context_block"
    let query = try transform("\(block).f_pixel", pixels, steps: 2, channels: 256)
    let key = try transform("\(block).f_object", means, steps: 2, channels: 256)
    let value = try transform("\(block).f_down", means, steps: 1, channels: 256)
    let scale = 1 / Float(layers.graph.shape(of: query).channels).squareRoot()
    let attended = try layers.graph.add(.attend(scale: scale), name: block, inputs: [query, key, value])
    let context = try transform("\(block).f_up", attended, steps: 1, channels: layers.graph.shape(of: pixels).channels)

    let joined = try layers.graph.add(.concatenate, name: head, inputs: [context, pixels])
    let described = try layers.normalizedConvolution("\(head).conv_bn_dropout.0", "\(head).conv_bn_dropout.1.0", joined, channels: 512)
    return try layers.convolution("cls_head", described, channels: classCount, kernel: (1, 1), needsBias: true)
  }

  /// 1x1 convolutions, each with normalisation and ReLU: keys `<name>.0`, `.1.0`, then `.2`, `.3.0`.
  private mutating func transform(_ name: String, _ input: ValueID, steps: Int, channels: Int) throws(InputError) -> ValueID {
    var x = input
    for step in 0..<steps { x = try layers.normalizedConvolution("\(name).\(2 * step)", "\(name).\(2 * step + 1).0", x, channels: channels) }
    return x
  }
}
