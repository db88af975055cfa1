public import SegTensor

/// Rows or columns that are added around a feature map before a window slides over it.
public struct Padding: Hashable, Sendable {
  /// Rows or columns on each side.
  public var top, bottom, left, right: Int

  /// Padding that may differ on every side.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
  }

  /// The same padding above and below, and left and right.
  public init(vertical: Int, horizontal: Int) { self.init(top: vertical, bottom: vertical, left: horizontal, right: horizontal) }

  /// The same padding on all four sides.
  public init(_ all: Int) { self.init(vertical: all, horizontal: all) }
}

/// A function of each element (or of each element and its channel).
public enum Activation: Hashable, Sendable {
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x where positive, `slope` * x elsewhere; also a PReLU with one shared slope.
  case leakyRelu(slope: Float)
  /// x where positive, slopes[channel] * x elsewhere.
  case prelu(slopes: [Float])
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
}

/// What is done to each element of a convolution's sum before it is stored, in order.
public enum PostOperation: Hashable, Sendable {
  /// Applies an activation.
  case activation(Activation)
  /// Adds the element at the same place of the node's input with this index (1 or more).
  case add(inputIndex: Int)
}

/// A size that a map is brought to by bilinear interpolation before something else is done with it.
public struct Enlargement: Hashable, Sendable {
  /// Rows and columns, at least those of the map.
  public var height, width: Int
  /// Which coordinates are interpolated at, as for `resizeBilinear`.
  public var alignCorners: Bool

  /// Makes a size.
  public init(height: Int, width: Int, alignCorners: Bool) { (self.height, self.width, self.alignCorners) = (height, width, alignCorners) }
}

/// A convolution. Weight axes: output channel, input channel within the group, row, column. Sums start at the bias.
public struct Convolution: Sendable {
  /// (output channels, input channels / groups, kernel height, kernel width), float32 or float16.
  public var weight: Tensor
  /// (output channels), or nil for zeros.
  public var bias: Tensor?
  /// Steps of the window: rows, columns.
  public var stride: (vertical: Int, horizontal: Int) = (1, 1)
  /// Zeros around the input.
  public var padding = Padding(0)
  /// Distance between the taps of the kernel: rows, columns.
  public var dilation: (vertical: Int, horizontal: Int) = (1, 1)
  /// Channel groups that do not see each other; as many as channels for a depthwise convolution.
  public var groups = 1
  /// The size that the input is brought to first; nil for its own. Made by the passes.
  public var enlargement: Enlargement?
  /// What follows the sum; filled by the fusing passes.
  public var postOperations: [PostOperation] = []

  /// Makes a convolution without padding, stride 1, one group.
  public init(weight: Tensor, bias: Tensor? = nil) {
    self.weight = weight
    self.bias = bias
  }
}

/// A transposed convolution (the gradient of a convolution with respect to its input).
/// Weight axes: input channel, output channel, row, column, as PyTorch stores them.
public struct TransposedConvolution: Sendable {
  /// (input channels, output channels, kernel height, kernel width).
  public var weight: Tensor
  /// (output channels), or nil for zeros.
  public var bias: Tensor?
  /// Output steps an input step makes: rows, columns.
  public var stride: (vertical: Int, horizontal: Int) = (1, 1)
  /// Rows and columns cut from the full result.
  public var padding = Padding(0)
  /// Extra rows at the bottom and columns at the right, each below the stride.
  public var outputPadding: (vertical: Int, horizontal: Int) = (0, 0)
  /// What follows the sum; filled by the fusing passes.
  public var postOperations: [PostOperation] = []

  /// Makes a transposed convolution without padding, stride 1.
  public init(weight: Tensor, bias: Tensor? = nil) {
    self.weight = weight
    self.bias = bias
  }
}

/// Batch normalisation in inference: scale * (x - mean) / sqrt(variance + epsilon) + shift, per channel.
public struct BatchNormalization: Sendable {
  /// Per-channel vectors, each of (channels).
  public var scale, shift, mean, variance: Tensor
  /// Added to the variance; 1e-5 in every network here.
  public var epsilon: Float = 1e-5

  /// Makes a batch normalisation of four vectors of the same length.
  public init(scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) {
    (self.scale, self.shift, self.mean, self.variance) = (scale, shift, mean, variance)
  }
}

/// Normalisation of each channel by its own mean and variance over the map: scale * (x - mean) / sqrt(variance + epsilon) + shift, the variance being that of
/// the map's own places (divided by their number). What a batch normalisation does to one picture in training.
public struct MapNormalization: Sendable {
  /// Per-channel vectors, each of (channels).
  public var scale, shift: Tensor
  /// Added to the variance.
  public var epsilon: Float

  /// Makes a normalisation of two vectors of the same length.
  public init(scale: Tensor, shift: Tensor, epsilon: Float) { (self.scale, self.shift, self.epsilon) = (scale, shift, epsilon) }
}

/// scale * x + shift per channel, then an activation: what is left of a batch normalisation that no convolution could take.
public struct ScaleShift: Hashable, Sendable {
  /// Per-channel factors and summands.
  public var scale, shift: [Float]
  /// Applied to the result when there is one.
  public var activation: Activation?

  /// Makes an operation of two vectors of the same length.
  public init(scale: [Float], shift: [Float], activation: Activation? = nil) {
    (self.scale, self.shift, self.activation) = (scale, shift, activation)
  }
}

/// A sliding window for pooling.
public struct PoolingWindow: Hashable, Sendable {
  /// Rows and columns of the window.
  public var kernel: (vertical: Int, horizontal: Int)
  /// Steps of the window.
  public var stride: (vertical: Int, horizontal: Int)
  /// Places around the input that count as minus infinity for maxima, and are left out of averages.
  public var padding = Padding(0)
  /// Whether a last, partly covered window counts (Caffe and `ceil_mode`).
  public var ceilMode = false

  /// Makes a square window.
  public init(kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false) {
    self.kernel = (kernel, kernel)
    self.stride = (stride, stride)
    self.padding = Padding(padding)
    self.ceilMode = ceilMode
  }

  /// Windows are equal when they cover the same places.
  public static func == (left: PoolingWindow, right: PoolingWindow) -> Bool {
    left.kernel == right.kernel && left.stride == right.stride && left.padding == right.padding && left.ceilMode == right.ceilMode
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kernel.vertical)
    hasher.combine(kernel.horizontal)
    hasher.combine(stride.vertical)
    hasher.combine(stride.horizontal)
    hasher.combine(padding)
    hasher.combine(ceilMode)
  }
}

/// Spreads maps of blocks over a larger map: the second half of a transposed convolution.
///
/// The input holds blockHeight x blockWidth blocks of `block` x `block` positions, a row of blocks after another, the positions of a block one after
/// another, row by row. Output position (row, column) is position ((row + offset.vertical) % block, (column + offset.horizontal) % block) of the block at
/// ((row + offset.vertical) / block, (column + offset.horizontal) / block).
/// With two more inputs, the values and indices of a max pool whose windows are `block` x `block` and do not overlap, their max unpool is added.
public struct Interleave: Hashable, Sendable {
  /// Rows and columns of a block.
  public var block: Int
  /// Rows and columns of the first blocks that are cut off.
  public var offset: (vertical: Int, horizontal: Int)
  /// Rows and columns of the output.
  public var height, width: Int
  /// Applied last.
  public var activation: Activation?

  /// Makes an operation without activation.
  public init(block: Int, offset: (vertical: Int, horizontal: Int), height: Int, width: Int) {
    (self.block, self.offset, self.height, self.width) = (block, offset, height, width)
  }

  /// Equal when every member is.
  public static func == (left: Interleave, right: Interleave) -> Bool {
    left.block == right.block && left.offset == right.offset && left.height == right.height && left.width == right.width && left.activation == right.activation
  }

  /// Hashes the sizes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine([block, offset.vertical, offset.horizontal, height, width])
    hasher.combine(activation)
  }
}

/// A sum of maps that are brought to one size on the way.
public struct ResizedSum: Hashable, Sendable {
  /// Rows and columns of the output.
  public var height, width: Int
  /// Which coordinates maps of other sizes are interpolated at, as for `resizeBilinear`.
  public var alignCorners: Bool
  /// Applied to the sum when there is one.
  public var activation: Activation?

  /// Makes an operation.
  public init(height: Int, width: Int, alignCorners: Bool, activation: Activation? = nil) {
    (self.height, self.width, self.alignCorners, self.activation) = (height, width, alignCorners, activation)
  }
}

/// Where a 3x3 or larger kernel with learned offsets takes its samples (deformable convolution v2, Zhu et al. 2019).
///
/// Output (row, column) has, for each tap t = i * kernel.horizontal + j, all input channels sampled bilinearly at
/// (row * stride - top + i * dilation + dy, column * stride - left + j * dilation + dx), zero outside the map, times sigmoid(m). The second input has
/// 3 * taps channels: dy and dx of tap t are channels 2t and 2t + 1, m is channel 2 * taps + t. Output channel: t * input channels + channel.
public struct DeformableWindow: Hashable, Sendable {
  /// Rows and columns of the kernel.
  public var kernel: Int
  /// Steps of the window, the same both ways.
  public var stride: Int
  /// Zeros around the input.
  public var padding: Int
  /// Distance between the taps.
  public var dilation: Int

  /// Makes a window.
  public init(kernel: Int = 3, stride: Int = 1, padding: Int = 1, dilation: Int = 1) {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
  }
}

/// What a node computes. Feature maps are `FeatureShape`s; arithmetic is float32 unless a precision plan says otherwise.
public enum Operation: Sendable {
  /// Inputs: the map, then what `postOperations` add.
  case convolution(Convolution)
  /// Inputs: the map, then what `postOperations` add.
  case transposedConvolution(TransposedConvolution)
  /// Input: the map.
  case batchNormalization(BatchNormalization)
  /// Input: the map.
  case mapNormalization(MapNormalization)
  /// Input: the map. Made by the passes.
  case scaleShift(ScaleShift)
  /// Input: the map.
  case activation(Activation)
  /// Inputs: two or more maps of one shape; `activation` follows the sum when there is one.
  case add(activation: Activation?)
  /// Inputs: maps of one height and width, joined along the channels in order.
  case concatenate
  /// Input: the map; zero channels are appended until there are `channels`.
  case padChannels(to: Int)
  /// Input: the map. With `keepsIndices` a second output holds, for each maximum, its row * width + column in the input plane (the first in scan order wins a tie).
  case maxPool(PoolingWindow, keepsIndices: Bool)
  /// Inputs: a map and the indices of a max pool of the same shape; values go to their places in a map of `height` x `width`, the rest is zero.
  case maxUnpool(height: Int, width: Int)
  /// Input: the map; the mean over the places of each window that lie in the map: padding is not counted.
  case averagePool(PoolingWindow)
  /// Input: the map; means over `height` x `width` regions: region i of n along a side of l covers floor(i * l / n) ..< ceil((i + 1) * l / n).
  case adaptiveAveragePool(height: Int, width: Int)
  /// Inputs: two maps of one shape; the products of their elements.
  case multiply
  /// Input: the map; exp(x - max) / sum over each of `groups` equal runs of channels.
  case softmax(groups: Int)
  /// Inputs: a map and a flow of the same height and width with two channels, x then y, in units in which a side of the map is 2.
  /// Each output is sampled bilinearly at its own place plus `scale` * flow, corners aligned, zero outside.
  case warp(scale: Float)
  /// Inputs: the map and the offsets of `DeformableWindow`.
  case deformableSample(DeformableWindow)
  /// Inputs: features (h x w x C) and logits (h x w x K). Output 1 x K x C: the mean of the features weighted by the softmax over all places of logit k.
  case gatherRegions
  /// Inputs: queries (h x w x D), keys (1 x K x D), values (1 x K x E). Output h x w x E: values weighted by the softmax over K of `scale` * query . key.
  case attend(scale: Float)
  /// Input: the map; bilinear interpolation to `height` x `width`.
  case resizeBilinear(height: Int, width: Int, alignCorners: Bool)
  /// Inputs: one or more maps of as many channels; the sum of all, those of another size than the output's interpolated bilinearly. Made by the passes.
  case resizedSum(ResizedSum)
  /// Input: the map; each position becomes `by` positions in its row, of as many times fewer channels. Memory stays as it is. Made by the passes.
  case splitPositions(by: Int)
  /// Inputs: a map of blocks, or a map of blocks, pooled values and their indices. Made by the passes.
  case interleave(Interleave)
  /// Input: the map; the same numbers in the format of the output. Made by the passes.
  case convert
}
