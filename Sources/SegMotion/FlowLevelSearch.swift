internal import CSegKernels
internal import SegBase

/// Room for the search of one level and its result.
final class FlowLevelSearch {
  /// The level's flow, in pixels of the level.
  let flow: SegFlowPlanes

  private let settings: InverseSearchSettings
  private let planes: FloatStorage
  private let weights: UnsafeMutablePointer<Float>
  private let room: FloatStorage
  private let plane: Int
  private let patches: UnsafeMutableBufferPointer<SegFlowPatch>
  private let columns, rows: [Int32]

  /// A level of `size`, at least 1x1.
  init(size: PixelSize, settings: InverseSearchSettings) {
    let (stride, count) = FlowPyramid.planeLayout(size)
    let planes = FloatStorage(count: 3 * count)
    let origin = planes.start + Int(SEG_FLOW_BORDER) * (stride + 1)
    flow = SegFlowPlanes(x: origin, y: origin + count, width: Int32(size.width), height: Int32(size.height), stride: Int32(stride))
    weights = origin + 2 * count
    self.planes = planes
    plane = count
    room = FloatStorage(count: settings.warps > 0 ? Int(SEG_FLOW_REFINE_PLANES) * count : 0)
    self.settings = settings
    columns = FlowLevelSearch.places(along: size.width, stride: settings.patchStride)
    rows = FlowLevelSearch.places(along: size.height, stride: settings.patchStride)
    patches = .allocate(capacity: columns.count * rows.count)
    patches.initialize(repeating: SegFlowPatch())
  }

  deinit { patches.deallocate() }

  /// Where the patches start: every `stride` pixels, and a last one that ends with the picture.
  static func places(along side: Int, stride: Int) -> [Int32] {
    let last = max(0, side - Int(SEG_FLOW_PATCH))
    var places = Swift.stride(from: 0, to: last, by: stride).map { Int32($0) }
    places.append(Int32(last))
    return places
  }

  /// Estimates the level's flow from `here` to `there`, beginning with that of the next coarser level or, without one, at zero.
  func run(here: SegFlowLevel, there: SegFlowLevel, from coarse: SegFlowPlanes?) {
    columns.withUnsafeBufferPointer { columns in
      rows.withUnsafeBufferPointer { rows in
        var work = SegFlowSearch()
        (work.here, work.there, work.flow, work.weights) = (here, there, flow, weights)
        if let coarse { work.coarse = coarse }
        work.patches = patches.baseAddress
        (work.patch_columns, work.patch_rows) = (columns.baseAddress, rows.baseAddress)
        (work.column_count, work.row_count) = (Int32(columns.count), Int32(rows.count))
        (work.iterations, work.good_fit) = (Int32((settings.descentSteps + 1) / 2), settings.goodFit)
        seg_flow_search(&work)
      }
    }
    for _ in 0..<settings.warps { refine(here: here, there: there) }
  }

  private func refine(here: SegFlowLevel, there: SegFlowLevel) {
    var work = SegFlowRefine()
    (work.here, work.there, work.flow) = (here, there, flow)
    (work.planes, work.plane) = (room.start + Int(SEG_FLOW_BORDER) * (Int(flow.stride) + 1), Int64(plane))
    (work.iterations, work.sweeps) = (Int32(settings.reweightings), Int32(settings.sweeps))
    seg_flow_refine(&work)
  }
}
