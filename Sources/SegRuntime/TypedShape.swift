import CSegKernels
import SegGraph

/// A map's shape and how its elements are stored.
struct TypedShape: Equatable {
  var shape: FeatureShape
  var format: ElementFormat
}

extension SegTypedMap {
  /// A map without gaps between its pixels, which a kernel may write to where `data` allows that.
  init(_ data: UnsafeRawPointer?, _ typed: TypedShape) {
    let shape = typed.shape
    self.init(
      data: UnsafeMutableRawPointer(mutating: data), height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels),
      pixel_stride: Int32(shape.channels),
      format: typed.format.kernelFormat, scale: typed.format.scale)
  }
}
