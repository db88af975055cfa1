import CSegKernels
import SegGraph
import SegTensor

extension ByteConvolution {
  /// Whether the kernel was measured to be clearly faster than the inference library's for such shapes and formats; a pure function of them.
  var isFaster: Bool { wastesLibraryBlocks || streamsFar }

  /// Whether the same goes where labels are made of the results, which the kernel does while they are sums in registers, and `LabelMaker` from memory.
  var isFasterToLabels: Bool {
    let shape = output.shape
    let own = Double(shape.width.roundedUp(to: Int(SEG_BYTE_VECTOR)) * shape.channels) * (meanWords / 2 + 4)
    let library = Double(shape.width * shape.channels.roundedUp(to: Self.libraryBlock)) * (Double(products) / 2 + 3.5) + Double(shape.count / shape.height) * 3
    return library >= own
  }

  /// Sums of four products for each output that are not left out for being zero.
  private var meanWords: Double {
    PackedByteWeights(ConvolutionSums(convolution, from: input.format, in: 1), of: self).meanWords
  }

  /// Sums of four products for each output.
  private var products: Int {
    let weight = convolution.weight.shape
    return weight[1].roundedUp(to: Int(SEG_BYTE_GROUP)) / Int(SEG_BYTE_GROUP) * weight[2] * weight[3]
  }

  /// Whether the library's blocks of sixteen output channels waste more than what rearranging pixels costs, and blocks of sixteen pixels waste themselves.
  private var wastesLibraryBlocks: Bool {
    let shape = output.shape
    guard shape.channels % Self.libraryBlock != 0 else { return false }
    // Cycles for sixteen outputs, where two products start in each, and for finishing them; fitted to the steps of HRNet and ENet. What is not a multiple of
    // the library's blocks takes it another 15 % or so.
    let own = Double(shape.width.roundedUp(to: Int(SEG_BYTE_VECTOR)) * shape.channels) * (Double(products) / 2 + 6)
    let library = Double(shape.width * shape.channels.roundedUp(to: Self.libraryBlock)) * (Double(products) / 2 + 3.5)
    return library >= own
  }

  /// Whether few products are made for many bytes that come from beyond the caches: the kernel calls for them before it needs them. Fewer bytes will do where
  /// the library's blocks are not filled either.
  private var streamsFar: Bool {
    let bytes = output.shape.count * (output.format.byteCount + (added == nil ? 0 : 1))
    if products <= 8 && bytes >= 1 << 23 && output.shape.channels % Self.libraryBlock != 0 { return true }
    return (added != nil || output.format == .float32) && products <= 16 && bytes >= 1 << 24
  }

  private static var libraryBlock: Int { 16 }
}

extension Int {
  /// The next multiple of `unit`.
  fileprivate func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
