public import SegBase

/// Gives instances numbers that they keep from frame to frame.
///
/// Each track expects its object where its last velocity leads, and takes the detection that is most like that: by the overlap of masks and boxes, greedily, the
/// most alike pair first. A detection of another class must overlap the mask strongly, so that a class that flickers does not end a track.
/// A track that finds nothing keeps its number for some frames. Memory is kept between frames.
public struct InstanceTracker: Sendable {
  /// How tracks begin and end.
  public struct Settings: Hashable, Sendable {
    /// For how many frames a track without a detection keeps its number.
    public var gracePeriod = 10
    /// After how many detections an object gets a number; those of the first frame get one at once.
    public var confirmationHits = 2
    /// How alike a track's and a detection's places must be, 0...1.
    public var similarityThreshold: Float = 0.2
    /// The overlap of masks, 0...1, from which on the class does not matter.
    public var classChangeOverlap: Float = 0.6

    /// Makes settings.
    public init(gracePeriod: Int = 10, confirmationHits: Int = 2) { (self.gracePeriod, self.confirmationHits) = (gracePeriod, confirmationHits) }
  }

  /// How tracks begin and end.
  public let settings: Settings

  private struct Pair {
    let similarity: Float
    let track, detection: Int
  }

  private var tracks: [Track] = []
  /// The last mask of each track, at the track's slot.
  private var trackMasks = MaskBitmaps(size: PixelSize(width: 0, height: 0))
  private var freeSlots: [Int] = []
  private var pairs: [Pair] = []
  private var owners: [Int?] = []
  /// Pixels of each detection's mask.
  private var areas: [Int] = []
  private var isFirst = true
  private var nextNumber = 1

  /// Makes a tracker without tracks.
  public init(settings: Settings = Settings()) { self.settings = settings }

  /// Forgets every track, after a seek for example. Numbers go on, so that none is used twice.
  public mutating func reset() {
    tracks.removeAll(keepingCapacity: true)
    freeSlots = Array(0..<trackMasks.count)
    isFirst = true
  }

  /// Writes each instance's number into it, nil for those that have none yet.
  ///
  /// `masks` are the instances' masks in their order; `frames` is how many frames have passed since the last call, at least one.
  public mutating func track(_ instances: inout [DetectedInstance], masks: MaskBitmaps, frames: Int = 1) {
    precondition(masks.count == instances.count && frames >= 1, "a mask for every instance, time that passes")
    if masks.size != trackMasks.size {
      tracks.removeAll()
      freeSlots.removeAll()
      trackMasks = MaskBitmaps(size: masks.size)
    }
    areas.removeAll(keepingCapacity: true)
    for detection in instances.indices { areas.append(masks.area(detection)) }
    for index in tracks.indices { tracks[index].advance(frames) }
    findPairs(instances, masks)
    owners.removeAll(keepingCapacity: true)
    owners.append(contentsOf: repeatElement(nil, count: instances.count))
    for pair in pairs where owners[pair.detection] == nil && !tracks[pair.track].isFound {
      owners[pair.detection] = pair.track
      tracks[pair.track].take(instances[pair.detection], area: areas[pair.detection])
      trackMasks.copy(pair.detection, of: masks, to: tracks[pair.track].slot)
    }
    for detection in instances.indices where owners[detection] == nil {
      owners[detection] = tracks.count
      tracks.append(Track(instances[detection], area: areas[detection], slot: newSlot(), isConfirmed: isFirst))
      trackMasks.copy(detection, of: masks, to: tracks[tracks.count - 1].slot)
    }
    for (detection, owner) in owners.enumerated() {
      guard let owner else { continue }
      if tracks[owner].number == nil, tracks[owner].isConfirmed || tracks[owner].hits >= settings.confirmationHits {
        tracks[owner].number = nextNumber
        nextNumber += 1
      }
      instances[detection].track = tracks[owner].number
    }
    // An object without a number that is not found again was most likely none.
    let gracePeriod = settings.gracePeriod
    let isOver = { (track: Track) in !track.isFound && (track.number == nil || track.missed > gracePeriod) }
    for track in tracks where isOver(track) { freeSlots.append(track.slot) }
    tracks.removeAll(where: isOver)
    isFirst = false
  }

  private mutating func newSlot() -> Int {
    if let slot = freeSlots.popLast() { return slot }
    return trackMasks.appendOne()
  }

  /// Fills `pairs`, the most alike first.
  private mutating func findPairs(_ instances: [DetectedInstance], _ masks: MaskBitmaps) {
    pairs.removeAll(keepingCapacity: true)
    for (index, track) in tracks.enumerated() {
      for (detection, instance) in instances.enumerated() {
        let similarity = similarity(track, instance, masks, detection)
        if similarity >= settings.similarityThreshold { pairs.append(Pair(similarity: similarity, track: index, detection: detection)) }
      }
    }
    pairs.sort { ($1.similarity, $0.track, $0.detection) < ($0.similarity, $1.track, $1.detection) }
  }

  /// How alike a track's expected place and a detection's are, 0...1.
  private func similarity(_ track: Track, _ instance: DetectedInstance, _ masks: MaskBitmaps, _ detection: Int) -> Float {
    let boxOverlap = track.expectedBox.overlap(with: instance.box)
    if boxOverlap <= 0 { return 0 }
    let shift = track.shift(in: masks.size)
    let common = Float(masks.common(detection, trackMasks, track.slot, x: shift.x, y: shift.y))
    let all = Float(areas[detection] + track.area) - common
    let maskOverlap = all > 0 ? common / all : 0
    let isSameClass = track.classIndex == instance.classIndex
    if !isSameClass && maskOverlap < settings.classChangeOverlap { return 0 }
    let similarity = Self.maskShare * maskOverlap + (1 - Self.maskShare) * boxOverlap
    // A track that has been lost for long gives way to one that has not, and another class to the same.
    let freshness = 1 - 0.5 * Float(track.missed - track.step) / Float(settings.gracePeriod + 1)
    return similarity * (isSameClass ? 1 : Self.otherClassShare) * freshness
  }

  /// How much the overlap of masks counts against that of boxes.
  private static let maskShare: Float = 0.6
  /// What a pair of different classes is worth against one of the same.
  private static let otherClassShare: Float = 0.8
}
