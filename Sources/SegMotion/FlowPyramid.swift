internal import CSegKernels
internal import SegBase

/// A grey picture at several sizes, each half of the one before, with gradients; as the C kernels need it.
struct FlowPyramid: ~Copyable {
  /// The levels from the finest to the coarsest; those finer than needed have no gradients of use.
  let levels: [SegFlowLevel]
  /// The first level that is searched.
  let finest: Int
  private let storage: FloatStorage

  /// Room for a picture of `size` down to level `coarsest`.
  init(size: PixelSize, finest: Int, coarsest: Int) {
    var grids: [(size: PixelSize, stride: Int, offset: Int, plane: Int)] = []
    var count = 0
    for level in 0...coarsest {
      let grid = PixelSize(width: size.width >> level, height: size.height >> level)
      // Level 0 is only held when it is searched itself.
      let isHeld = level > 0 || finest == 0
      let (stride, plane) = isHeld ? FlowPyramid.planeLayout(grid) : (0, 0)
      grids.append((grid, stride, count, plane))
      count += 3 * plane
    }
    let storage = FloatStorage(count: count)
    levels = grids.map { grid in
      let origin = storage.start + grid.offset + Int(SEG_FLOW_BORDER) * (grid.stride + 1)
      return SegFlowLevel(
        values: origin, gradient_x: origin + grid.plane, gradient_y: origin + 2 * grid.plane, width: Int32(grid.size.width),
        height: Int32(grid.size.height), stride: Int32(grid.stride))
    }
    self.finest = finest
    self.storage = storage
  }

  /// Floats from one row to the next, and floats of a plane with its border, for a level of that size.
  static func planeLayout(_ size: PixelSize) -> (stride: Int, count: Int) {
    let border = Int(SEG_FLOW_BORDER)
    let stride = (max(size.width, Int(SEG_FLOW_PATCH)) + 2 * border + 15) / 16 * 16
    return (stride, stride * (max(size.height, Int(SEG_FLOW_PATCH)) + 2 * border))
  }

  /// Builds all levels of a `gray8` picture of the pyramid's size.
  mutating func build(from picture: borrowing PixelImage) {
    picture.withBytes { bytes in
      for index in levels.indices {
        var level = levels[index]
        if index == 0 {
          if finest > 0 { continue }
          seg_flow_convert(bytes.baseAddress, &level)
        } else if index == 1 {
          seg_flow_halve_bytes(bytes.baseAddress, Int32(picture.size.width), &level)
        } else {
          var finer = levels[index - 1]
          seg_flow_halve(&finer, &level)
        }
        if index < finest { continue }
        seg_flow_extend(&level)
        seg_flow_gradients(&level)
      }
    }
  }
}
