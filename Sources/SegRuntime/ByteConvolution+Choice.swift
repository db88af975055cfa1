import CSegKernels
import SegGraph
import SegTensor

extension ByteConvolution {
  /// Whether the kernel was measured to be clearly faster than the inference library's for such shapes and formats; a pure function of them, and of where
  /// weights are zero.
  var isFaster: Bool { wastesLibraryBlocks || streamsFar || leavesOutPlaces }

  /// Cycles that the whole map takes.
  var cycles: Double { cycles(words: Double(products)) / 16 * Double(output.shape.height) }

  /// Whether the same goes where labels are made of the results, which the kernel does while they are sums in registers, and `LabelMaker` from memory.
  var isFasterToLabels: Bool {
    let shape = output.shape
    let own = Double(shape.width.roundedUp(to: Int(SEG_BYTE_VECTOR)) * shape.channels) * (Self.slowness * meanWords / productsPerCycle + 4)
    return libraryCycles + Double(3 * shape.width * shape.channels) >= own
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
    // What is not a multiple of the library's blocks takes it another 15 % or so.
    return libraryCycles >= cycles(words: Double(products))
  }

  /// Whether the library multiplies so many zeros that leaving them out outweighs the rest: transposed convolutions that were lowered have places of the window
  /// that some channels have no weights at.
  private var leavesOutPlaces: Bool {
    guard hasZeroPlaces else { return false }
    return libraryCycles >= cycles(words: Self.slowness * meanWords)
  }

  /// Cycles of a row for sixteen outputs, and for finishing them; fitted to the steps of HRNet and ENet.
  private func cycles(words: Double) -> Double {
    Double(output.shape.width.roundedUp(to: Int(SEG_BYTE_VECTOR)) * output.shape.channels) * (words / productsPerCycle + 6)
  }
  private var libraryCycles: Double {
    Double(output.shape.width * output.shape.channels.roundedUp(to: Self.libraryBlock)) * (Double(products) / productsPerCycle + 3.5)
  }

  /// Whether there is an output channel whose weights at a place of the window are all zero.
  private var hasZeroPlaces: Bool {
    let shape = convolution.weight.shape
    let places = shape[2] * shape[3]
    guard places > 1 else { return false }
    return convolution.weight.floats().withUnsafeBufferPointer { values in
      (0..<shape[0]).contains { output in
        (0..<places).contains { place in (0..<shape[1]).allSatisfy { values[(output * shape[1] + $0) * places + place] == 0 } }
      }
    }
  }

  /// Whether few products are made for many bytes that come from beyond the caches: the kernel calls for them before it needs them. Fewer bytes will do where
  /// the library's blocks are not filled either.
  private var streamsFar: Bool {
    let bytes = output.shape.count * (output.format.byteCount + (added == nil ? 0 : 1))
    if products <= 8 && bytes >= 1 << 23 && output.shape.channels % Self.libraryBlock != 0 { return true }
    return (added != nil || output.format == .float32) && products <= 16 && bytes >= 1 << 24
  }

  private static var libraryBlock: Int { 16 }
  /// How much longer a product takes than in the library's blocks, where those are full.
  private static var slowness: Double { 1.15 }
}

extension Int {
  /// The next multiple of `unit`.
  fileprivate func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
