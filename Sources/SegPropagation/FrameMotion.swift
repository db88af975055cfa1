internal import CSegKernels
public import SegBase
public import SegMotion

/// What moved between the last two frames: their flow in both directions, where the two agree, and the plain measures of change.
///
/// Everything but the small grey pictures is worked out when it is first asked for, once a frame. One thread at a time.
public final class FrameMotion {
  /// Where the flow comes from.
  public let source: FlowSource
  /// Milliseconds that the work for the newest frame has taken so far.
  public private(set) var milliseconds = 0.0
  /// Whether there is a frame before the newest one to compare it with.
  public private(set) var hasPrevious = false
  /// The flow from each pixel of the newest frame to its place in the one before; undefined until `needBackward`.
  public private(set) var backward = FlowField(size: PixelSize(width: 1, height: 1))
  /// The flow from each pixel of the frame before to its place in the newest one; undefined until `needForward`.
  public private(set) var forward = FlowField(size: PixelSize(width: 1, height: 1))
  /// `gray8` of the fields' size: 255 where the flow of the newest frame leads back to itself, else 0; undefined until `needConsistency`.
  public private(set) var consistent = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)

  /// Share of the newest frame that its encoder coded anew, 0...1; nil where that is unknown, and for frames that are coded so as a whole.
  public private(set) var intraShare: Double?
  /// Whether the newest frame's flow is that of its codec's motion vectors.
  public private(set) var usesVectors = false

  private let small = LumaPicture()
  private let change = SceneCut()
  private var flow: InverseSearchFlow?
  private let vectors = VectorMotion()
  private var current = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  private var previous = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  private var histogramDistance = 0.0
  private var hasBackward = false
  private var hasForward = false
  private var share: Double?

  /// Makes one that has seen no frame.
  public init(source: FlowSource) { self.source = source }

  /// Size of the fields: of the finest level of the small pictures that is searched, which is all that their flow tells.
  public var size: PixelSize { flow?.searchSize ?? current.size }

  /// Takes the next frame (any format). `codec`: what its codec says of the motion from the frame before, which is used where the source is `codec`.
  /// `restarts`: it is not to be compared with the one before, as after a seek; a change of size does the same.
  public func advance(to picture: borrowing PixelImage, codec: CodecMotion? = nil, restarts: Bool = false) {
    milliseconds = 0
    (hasBackward, hasForward, share) = (false, false, nil)
    (usesVectors, intraShare) = (false, nil)
    measure {
      swap(&current, &previous)
      let size = pictureSize(for: picture.size)
      small.make(from: picture, size: size, into: &current)
      hasPrevious = !restarts && previous.size == size
      if restarts { change.restart() }
      histogramDistance = (change.observe(current)?.histogramDistance).map { Double($0) } ?? 0
      switch source {
      case .none: return
      case .inverseSearch(let settings):
        if flow?.size != size { flow = InverseSearchFlow(size: size, settings: settings) }
        if !hasPrevious { flow?.restart() }
        flow?.advance(to: current)
      case .codec(let settings):
        // Fields have the search's size whatever they are made of, so that they follow one another.
        if flow?.size != size { flow = InverseSearchFlow(size: size, settings: settings) }
        guard hasPrevious else { return }
        if let codec, !codec.vectors.isEmpty {
          usesVectors = true
          intraShare = vectors.take(codec)
        } else {
          searchAnew()
        }
      }
    }
  }

  /// Prepares dense search between the last two pictures, of which it may not have seen the first.
  private func searchAnew() {
    flow?.restart()
    flow?.advance(to: previous)
    flow?.advance(to: current)
  }

  /// The distance of the two frames' luma histograms, 0...1.
  public var histogramChange: Double { hasPrevious ? histogramDistance : 0 }

  /// The mean absolute difference of the two frames' luma, as a share of the full range.
  public var meanDifference: Double {
    guard hasPrevious, current.size.pixelCount > 0 else { return 0 }
    let sum = current.withBytes { now in previous.withBytes { then in seg_bytes_difference(now.baseAddress, then.baseAddress, now.count) } }
    return Double(sum) / Double(current.size.pixelCount) / 255
  }

  /// The mean length of the backward flow in picture widths.
  public var meanFlow: Double {
    needBackward()
    let sum = backward.withVectors { seg_flow_length($0.baseAddress, size.pixelCount) }
    return sum / Double(size.pixelCount) / Double(size.width)
  }

  /// Works out `backward`; without a source, or without a frame before, it is zero.
  public func needBackward() {
    if hasBackward { return }
    measure { estimate(.backward, into: &backward) }
    hasBackward = true
  }

  /// Works out `forward`; where the backward flow is that of motion vectors, it is taken for the way there as well as back.
  public func needForward() {
    if hasForward { return }
    if usesVectors { needBackward() }
    measure { estimate(.forward, into: &forward) }
    hasForward = true
  }

  /// Works out `consistent` and returns the share of pixels that are not, 0...1. Motion vectors lead one way only: they are consistent where a pixel looks
  /// like its place in the frame before.
  @discardableResult
  public func needConsistency() -> Double {
    if let share { return share }
    needBackward()
    if !usesVectors { needForward() }
    var result = 0.0
    let threshold = FlowConsistency.defaultThreshold * Float(size.width) / Float(current.size.width)
    measure {
      result =
        usesVectors
        ? vectors.check(backward, current, previous, mask: &consistent)
        : Double(FlowConsistency.check(backward, against: forward, threshold: threshold, mask: &consistent))
    }
    share = result
    return result
  }

  /// A multiple of the search's pixels, so that its fields cover the picture.
  private func pictureSize(for size: PixelSize) -> PixelSize {
    let size = LumaPicture.size(for: size)
    let settings: InverseSearchSettings
    switch source {
    case .none: return size
    case .inverseSearch(let own), .codec(let own): settings = own
    }
    let step = 1 << settings.finestLevel
    func whole(_ side: Int) -> Int { side < step ? side : side - side % step }
    return PixelSize(width: whole(size.width), height: whole(size.height))
  }

  private func estimate(_ direction: InverseSearchFlow.Direction, into field: inout FlowField) {
    if usesVectors {
      vectors.flow(size: size, into: &field)
      if direction == .forward {
        field.withMutableVectors { values in
          for index in values.indices { values[index] = -values[index] }
        }
      }
    } else if let flow, hasPrevious {
      flow.estimate(direction, at: .search, into: &field)
    } else {
      field.reshape(to: size)
      field.fill(x: 0, y: 0)
    }
  }

  private func measure(_ work: () -> Void) { milliseconds += ContinuousClock().measure(work) / .milliseconds(1) }
}
