import CSegKernels
import SegGraph
import SegTensor

/// How a convolution in tile registers is divided: bands of rows, in each tiles of sixteen places, and where their inputs lie.
struct MatrixBands {
  private let isDirect: Bool
  private let rows: Int
  private let tileCounts: [Int]
  private let tileOffsets: [Int]
  private let targets: [Int]
  private let placeStep: Int
  private let rowBytes, phaseBytes, copyBytes, tileBytes: Int
  private let stepOffsets: [Int]
  private let inputRows: Int
  private let padding: Padding
  private let verticalStride: Int
  /// The rows of a window that lie together in the copy, or none, and how far they are apart in the input.
  private let rowsTogether, rowDilation: Int
  /// Steps of rows and columns of the copy, and its phases.
  private let rowStep, columnStep, phases: Int

  /// The most bytes of a band's maps: they stay in a core's own cache beside weights. Large weights come from beyond it once a band, so that fewer bands are better.
  private static func mostBytes(weights: Int) -> Int { weights > 1 << 18 ? 768 << 10 : 256 << 10 }
  private static let mostPlaces = 8192

  /// Divides the output's rows for `shares` threads. `gap`: elements from one pixel of the input to the next; `addsMap`: whether a map is added.
  init(_ convolution: Convolution, _ steps: MatrixSteps, from input: TypedShape, to output: TypedShape, addsMap: Bool, gap: Int, shares: Int) {
    let (shape, element) = (convolution.weight.shape, input.format.byteCount)
    let (kernelRows, kernelColumns) = (shape[2], shape[3])
    let (stride, dilation) = (convolution.stride, convolution.dilation)
    (padding, verticalStride) = (convolution.padding, stride.vertical)
    let (height, width, tile) = (output.shape.height, output.shape.width, Int(SEG_MATRIX_PLACES))
    let isPoint = kernelRows == 1 && kernelColumns == 1 && padding.top == 0 && padding.left == 0
    let perLine = width.dividedUp(by: tile)
    // Single pixels are read where they are, unless steps from pixel to pixel leave tiles at the ends of rows that are hardly filled.
    let isEven = stride == (1, 1) && input.shape.width == width
    // Steps reach beyond few channels: bytes there are multiplied with zeros, but bfloat16 must be numbers, which gaps may not hold.
    let canReachBeyond = element == 1 || gap == input.shape.channels || input.shape.channels * element >= Int(SEG_MATRIX_BYTES)
    isDirect =
      isPoint && canReachBeyond && (height - 1) * stride.vertical < input.shape.height && (width - 1) * stride.horizontal < input.shape.width
      && (isEven || 8 * perLine * tile < 9 * width)
    let isCompact = isPoint && !isDirect
    (rowsTogether, rowDilation) = (steps.areRowsTogether ? kernelRows : 0, dilation.vertical)
    (rowStep, columnStep, phases) = isCompact ? (stride.vertical, stride.horizontal, 1) : (1, 1, steps.areRowsTogether ? 1 : stride.vertical)
    let pixelBytes = isDirect ? gap * element : steps.columnBytes
    let placeStride = isCompact ? 1 : stride.horizontal
    placeStep = placeStride * pixelBytes

    // Places of a row of the copy, so that the first of each row follows the last of the row before.
    let pitch = isDirect ? width : width + ((kernelColumns - 1) * dilation.horizontal).dividedUp(by: placeStride)
    rowBytes = isDirect ? input.shape.width * pixelBytes : pitch * placeStep
    // Rows of the copy beyond the first that a row of the output reads.
    let reach = steps.areRowsTogether ? 0 : (kernelRows - 1) * dilation.vertical
    let made = width * output.shape.channels * (output.format.byteCount + (addsMap ? element : 0))
    let bytes = Self.mostBytes(weights: steps.all.count * Int(SEG_MATRIX_BYTES) * output.shape.channels) - reach * rowBytes
    let most = max(1, min(bytes / ((isDirect ? stride.vertical : phases) * rowBytes + made), Self.mostPlaces / pitch))
    let share = height.dividedUp(by: shares)
    let rows = share.dividedUp(by: share.dividedUp(by: most))
    self.rows = rows
    inputRows = (rows - 1) * phases + reach + 1

    // Tiles one after another over the ends of rows, or each within a row, whichever are fewer.
    func evenCount(_ rows: Int) -> Int { ((rows - 1) * pitch + width).dividedUp(by: tile) }
    let outputStep = isDirect ? stride.vertical * rowBytes : rowBytes
    if !isDirect || isEven, evenCount(rows) < rows * perLine {
      tileCounts = (1...rows).map(evenCount)
      tileOffsets = (0..<evenCount(rows)).map { [placeStep] in $0 * tile * placeStep }
      targets = (0..<evenCount(rows) * tile).map { place in
        let (row, column) = place.quotientAndRemainder(dividingBy: pitch)
        return column < width && row < rows ? row * width + column : -1
      }
    } else {
      tileCounts = (1...rows).map { $0 * perLine }
      tileOffsets = (0..<rows * perLine).map { [placeStep] in $0 / perLine * outputStep + $0 % perLine * tile * placeStep }
      targets = (0..<rows * perLine * tile).map { place in
        let (row, column) = place.quotientAndRemainder(dividingBy: perLine * tile)
        return column < width ? row * width + column : -1
      }
    }

    let phaseRows = rows + reach / phases
    let phaseBytes = phaseRows * rowBytes + Int(SEG_MATRIX_BYTES)
    self.phaseBytes = phaseBytes
    stepOffsets = steps.all.map { [rowBytes, phases] step in
      let (row, phase) = (step.row * dilation.vertical).quotientAndRemainder(dividingBy: phases)
      return phase * phaseBytes + row * rowBytes + step.column * dilation.horizontal * pixelBytes + step.start
    }
    // Places that are none read on behind the last row.
    tileBytes = (tile - 1) * placeStep + (stepOffsets.max() ?? 0) + Int(SEG_MATRIX_BYTES)
    copyBytes = isDirect ? 0 : max(phases * phaseBytes, (tileOffsets.max() ?? 0) + tileBytes).dividedUp(by: 64) * 64
  }

  /// Puts the division into the kernel's arguments.
  func store(in made: inout SegMatrixConvolution, _ constants: ConstantStore) {
    made.offsets = constants.copy(stepOffsets)
    (made.stride_vertical, made.is_direct, made.band_rows) = (Int32(verticalStride), isDirect ? 1 : 0, Int32(rows))
    (made.tile_offsets, made.targets, made.tile_counts) = (constants.copy(tileOffsets), constants.copy(targets), constants.copy(tileCounts))
    (made.place_step, made.tile_bytes, made.input_rows) = (Int32(placeStep), tileBytes.dividedUp(by: 64) * 64, Int32(inputRows))
    (made.row_step, made.column_step, made.phases) = (Int32(rowStep), Int32(columnStep), Int32(phases))
    (made.rows_together, made.row_dilation) = (Int32(rowsTogether), Int32(rowDilation))
    (made.padding_top, made.padding_left) = (Int32(padding.top), Int32(padding.left))
    (made.row_bytes, made.phase_bytes, made.copy_bytes) = (rowBytes, phaseBytes, copyBytes)
  }
}
