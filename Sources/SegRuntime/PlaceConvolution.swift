import CSegKernels
import SegGraph
import SegTensor

/// A convolution at a network's end that makes scores of classes for each place of a block, in registers of 32 bytes; of each place's window it reads the rectangle
/// outside of which all weights are zero (`CSegKernels/place_convolution.c`).
struct PlaceConvolution {
  /// The rectangle of a place, in rows and columns of the window.
  struct Taps: Equatable {
    let rows, columns: Range<Int>
  }

  /// For each place of the block.
  let taps: [Taps]
  /// Classes that are summed up together.
  let blockClasses: Int

  private let convolution: Convolution
  private let input: TypedShape
  private let output: FeatureShape
  private let sums: ConvolutionSums
  private let classes: Int
  /// Channels of an element of four bytes.
  private let channels: Int

  /// Whether this processor has the kernel's instructions and no wider ones, for inputs of a format.
  static func isAvailable(_ format: ElementFormat) -> Bool {
    switch format.precision {
    case .float32: seg_float_convolution_is_fast() != 0
    case .int8: NarrowRegisters.isAvailable
    case .bfloat16: false
    }
  }

  /// Nil for what the kernel has no code for: groups, steps, dilation, bytes of a number of channels that is no multiple of four, and sums of bytes that could exceed
  /// four bytes.
  init?(_ convolution: Convolution, from input: TypedShape, to output: FeatureShape, classes: Int) {
    (self.convolution, self.input, self.output, self.classes) = (convolution, input, output, classes)
    let (shape, isOfBytes) = (convolution.weight.shape, input.format.precision == .int8)
    channels = isOfBytes ? 4 : 1
    let largestSum = shape[1...].reduce(1, *) * 255 * Int(Processor.current.largestWeight)
    guard convolution.groups == 1, convolution.stride == (1, 1), convolution.dilation == (1, 1), convolution.enlargement == nil,
      input.format.precision != .bfloat16, shape[1] % channels == 0, !isOfBytes || largestSum < 1 << 30
    else { return nil }
    sums = ConvolutionSums(convolution, from: input.format, in: 1).inNarrowRegisters(from: input.format)
    // As many registers of sums as fit beside pixels: of bytes two of pixels and five classes, or four where that fills up less.
    let most = Int(SEG_PLACE_CLASSES)
    blockClasses = isOfBytes && classes.dividedUp(by: most) * most <= classes.dividedUp(by: most - 1) * (most - 1) ? most : most - 1
    taps = Self.taps(sums.weights, shape, classes: classes)
  }

  /// The rectangles of all places of weights of `shape`, one tap where all are zero.
  private static func taps(_ weights: ConvolutionSums.Weights, _ shape: [Int], classes: Int) -> [Taps] {
    let (rows, columns) = (shape[2], shape[3])
    let perPlace = classes * shape[1] * rows * columns
    func isUsed(_ index: Int) -> Bool {
      switch weights {
      case .floats(let values): values[index] != 0
      case .bytes(let values): values[index] != 0
      }
    }
    func range(_ used: Set<Int>) -> Range<Int> { (used.min() ?? 0)..<(used.max() ?? 0) + 1 }
    return (0..<shape[0] / classes).map { place in
      let used = (place * perPlace..<(place + 1) * perPlace).filter(isUsed)
      return Taps(rows: range(Set(used.map { $0 / columns % rows })), columns: range(Set(used.map { $0 % columns })))
    }
  }

  private var classBlocks: Int { classes.dividedUp(by: blockClasses) }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. Maps, rows, labels and the scratch are still to be set.
  func arguments(threads: Int, _ constants: ConstantStore) -> SegPlaceConvolution {
    var made = SegPlaceConvolution()
    let shape = convolution.weight.shape
    (made.input, made.is_fused) = (SegTypedMap(nil, input), NarrowRegisters.fused)
    (made.elements, made.width) = (Int32(shape[1] / channels), Int32(output.width))
    (made.kernel_rows, made.kernel_columns) = (Int32(shape[2]), Int32(shape[3]))
    (made.padding_top, made.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    (made.classes, made.block_classes, made.class_blocks) = (Int32(classes), Int32(blockClasses), Int32(classBlocks))
    made.place_count = Int32(taps.count)
    let stored = constants.allocate(taps.count, of: SegPlaceTaps.self)
    for (place, taps) in taps.enumerated() {
      stored[place] = SegPlaceTaps(
        first_row: Int32(taps.rows.lowerBound), rows: Int32(taps.rows.count), first_column: Int32(taps.columns.lowerBound), columns: Int32(taps.columns.count),
        weights: packed(place, taps, constants))
    }
    made.places = UnsafePointer(stored)
    made.biases = constants.copy(filled(sums.bias, with: 0))
    if case .bytes = sums.weights {
      made.factors = constants.copy(filled(sums.scales, with: 0))
      made.starts = constants.copy(filled(sums.beginnings(from: input.format), with: 0))
    }
    made.shares = Int32(threads)
    made.share_bytes = seg_place_share_bytes(&made)
    return made
  }

  /// A number for each class of each place, filled up to whole blocks of classes.
  private func filled<Element>(_ values: [Element], with rest: Element) -> [Element] {
    let missing = [Element](repeating: rest, count: classBlocks * blockClasses - classes)
    return taps.indices.flatMap { values[$0 * classes..<($0 + 1) * classes] + missing }
  }

  /// The weights of a place: block of classes, row, column, element, class, channel of the element.
  private func packed(_ place: Int, _ taps: Taps, _ constants: ConstantStore) -> UnsafeRawPointer {
    let shape = convolution.weight.shape
    let elements = shape[1] / channels
    let count = classBlocks * blockClasses * taps.rows.count * taps.columns.count * shape[1]
    func pack<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeRawPointer {
      let target = constants.allocate(count, of: Element.self)
      var index = 0
      for block in 0..<classBlocks {
        for row in taps.rows {
          for column in taps.columns {
            for element in 0..<elements {
              for beside in 0..<blockClasses {
                for channel in 0..<channels {
                  let (output, inner) = (block * blockClasses + beside, element * channels + channel)
                  if output < classes { target[index] = values[(((place * classes + output) * shape[1] + inner) * shape[2] + row) * shape[3] + column] }
                  index += 1
                }
              }
            }
          }
        }
      }
      return UnsafeRawPointer(target)
    }
    switch sums.weights {
    case .floats(let values): return pack(values)
    case .bytes(let values): return pack(values)
    }
  }
}
