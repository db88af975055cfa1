import SegGraph

extension Padding {
  /// What "same" padding means to Paddle and TensorFlow: ceil(size / stride) outputs along each side, the odd row or column of zeros at the bottom and right.
  ///
  /// Along a side of n: total = max((ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0), half of it, rounded down, before.
  static func same(_ shape: FeatureShape, kernel: Int, stride: Int, dilation: Int = 1) -> Padding {
    let total = { (length: Int) in max(((length + stride - 1) / stride - 1) * stride + dilation * (kernel - 1) + 1 - length, 0) }
    let (vertical, horizontal) = (total(shape.height), total(shape.width))
    return Padding(top: vertical / 2, bottom: vertical - vertical / 2, left: horizontal / 2, right: horizontal - horizontal / 2)
  }
}
