internal import SegBase
internal import SegMotion

/// Boxes that follow their masks.
enum InstanceMotion {
  /// The instances with their boxes moved by the mean flow within their masks.
  ///
  /// `map` is the index map of this frame and `flow` leads from each of its pixels to the instances' own frame, both of one size. An instance without a pixel
  /// left stays where it was.
  static func moved(_ instances: [DetectedInstance], map: borrowing PixelImage, along flow: borrowing FlowField) -> [DetectedInstance] {
    precondition(map.size == flow.size && map.format == .gray8, "a map and its flow")
    var sums = [(x: Float, y: Float, count: Int)](repeating: (0, 0, 0), count: 256)
    map.withBytes { indices in
      flow.withVectors { vectors in
        sums.withUnsafeMutableBufferPointer { sums in
          for place in indices.indices where indices[place] != 0 {
            let index = Int(indices[place])
            sums[index].x += vectors[2 * place]
            sums[index].y += vectors[2 * place + 1]
            sums[index].count += 1
          }
        }
      }
    }
    var result = instances
    let size = map.size
    for index in result.indices where index < 255 && sums[index + 1].count > 0 {
      let sum = sums[index + 1]
      let (x, y) = (sum.x / Float(sum.count * size.width), sum.y / Float(sum.count * size.height))
      let box = result[index].box
      let inside = { (value: Float) in max(0, min(1, value)) }
      result[index].box = InstanceBox(x1: inside(box.x1 - x), y1: inside(box.y1 - y), x2: inside(box.x2 - x), y2: inside(box.y2 - y))
    }
    return result
  }
}
