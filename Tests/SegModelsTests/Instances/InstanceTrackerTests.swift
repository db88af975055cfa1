import Foundation
import SegBase
import SegModels
import SegTestSupport
import SegVideo
import Testing

/// A frame's objects, drawn as rectangles.
private struct Scene {
  static let size = PixelSize(width: 138, height: 138)
  var instances: [DetectedInstance] = []
  var masks = MaskBitmaps(size: size)

  /// Adds an object whose box has a corner and sides in mask pixels.
  mutating func add(_ x: Double, _ y: Double, _ width: Double = 20, _ height: Double = 20, label: Int = 0, score: Float = 0.9) {
    let side = Double(Self.size.width)
    let clamp = { (value: Double) in Float(max(0, min(1, value / side))) }
    instances.append(
      DetectedInstance(classIndex: label, score: score, box: InstanceBox(x1: clamp(x), y1: clamp(y), x2: clamp(x + width), y2: clamp(y + height))))
    masks.append { column, row in
      let place = (Double(column) + 0.5, Double(row) + 0.5)
      return place.0 >= x && place.0 < x + width && place.1 >= y && place.1 < y + height
    }
  }

  /// The numbers the tracker gives.
  func numbers(_ tracker: inout InstanceTracker, frames: Int = 1) -> [Int?] {
    var instances = instances
    tracker.track(&instances, masks: masks, frames: frames)
    return instances.map(\.track)
  }
}

struct InstanceTrackerTests {
  @Test("a still scene keeps its numbers, whatever the order of the detections")
  func still() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    var tracker = InstanceTracker()
    let places = (0..<12).map { index -> (Double, Double, Int) in (Double(index % 4 * 33 + 3), Double(index / 4 * 45 + 3), index % 3) }
    var known: [Int?] = []
    for _ in 0..<30 {
      var scene = Scene()
      let order = places.indices.shuffled(using: &random)
      for index in order {
        let jitter = (Double.random(in: -1.5...1.5, using: &random), Double.random(in: -1.5...1.5, using: &random))
        scene.add(places[index].0 + jitter.0, places[index].1 + jitter.1, label: places[index].2, score: Float.random(in: 0.2...1, using: &random))
      }
      let numbers = scene.numbers(&tracker)
      #expect(Set(numbers).count == 12 && !numbers.contains(nil), "seed \(seed)")
      // The first frame numbers them in its own order; from then on a place has one number.
      let byPlace = zip(order, numbers).sorted { $0.0 < $1.0 }.map(\.1)
      if known.isEmpty { known = byPlace }
      #expect(byPlace == known, "seed \(seed)")
    }
  }

  @Test("two objects of one class that cross keep their numbers", arguments: [1, 2, 5])
  func crossing(interval: Int) {
    var tracker = InstanceTracker()
    for frame in stride(from: 0, to: 100, by: interval) {
      var scene = Scene()
      scene.add(Double(frame), 50)
      scene.add(Double(110 - frame), 55)
      #expect(scene.numbers(&tracker, frames: interval) == [1, 2], "frame \(frame)")
    }
  }

  @Test("an object that is hidden while it crosses another is found again")
  func hidden() {
    var tracker = InstanceTracker()
    for frame in 0..<56 {
      var scene = Scene()
      let (front, behind) = (Double(frame * 2), Double(110 - frame * 2))
      scene.add(front, 50)
      let isHidden = abs(front - behind) < 14
      if !isHidden { scene.add(behind, 53) }
      #expect(scene.numbers(&tracker) == (isHidden ? [1] : [1, 2]), "frame \(frame)")
    }
  }

  @Test("a class that flickers for a frame does not change the number")
  func flicker() {
    var tracker = InstanceTracker()
    for frame in 0..<20 {
      var scene = Scene()
      scene.add(20 + Double(frame), 20, 30, 40, label: [5, 12, 17].contains(frame) ? 7 : 3)
      // Another object of the flickering class, near by.
      scene.add(80, 30, 30, 30, label: 7)
      #expect(scene.numbers(&tracker) == [1, 2], "frame \(frame)")
    }
  }

  @Test("an object of another class at the same place, but of another shape, is another object")
  func otherClass() {
    var tracker = InstanceTracker()
    var first = Scene()
    first.add(20, 20, 40, 40, label: 1)
    #expect(first.numbers(&tracker) == [1])
    var second = Scene()
    second.add(20, 45, 40, 15, label: 2)
    #expect(second.numbers(&tracker) == [nil])
    #expect(second.numbers(&tracker) == [2])
  }

  @Test("a lost object keeps its number for the grace period, and not longer", arguments: [(0, true), (1, true), (10, true), (11, false), (40, false)])
  func grace(gap: Int, keeps: Bool) {
    var tracker = InstanceTracker()
    var frame = 0
    for _ in 0..<10 {
      var scene = Scene()
      scene.add(Double(frame) * 2, 60)
      #expect(scene.numbers(&tracker) == [1])
      frame += 1
    }
    for _ in 0..<gap {
      #expect(Scene().numbers(&tracker) == [])
      frame += 1
    }
    var scene = Scene()
    scene.add(Double(frame) * 2, 60)
    #expect(scene.numbers(&tracker) == [keeps ? 1 : nil])
  }

  @Test("what is seen once gets no number, and uses none up")
  func ghost() {
    var tracker = InstanceTracker()
    var numbers: [Int?] = []
    for frame in 0..<12 {
      var scene = Scene()
      if frame > 0 { scene.add(20, 20) }
      if frame == 4 { scene.add(90, 90, label: 2) }
      if frame > 7 { scene.add(90, 30) }
      numbers = scene.numbers(&tracker)
      if frame == 1 || frame == 4 || frame == 8 { #expect(numbers.last == .some(nil), "frame \(frame)") }
    }
    #expect(numbers == [1, 2])
  }

  @Test("after a reset nothing is known, and no number is used again")
  func reset() {
    var tracker = InstanceTracker()
    var scene = Scene()
    scene.add(20, 20)
    scene.add(70, 70)
    #expect(scene.numbers(&tracker) == [1, 2])
    tracker.reset()
    #expect(scene.numbers(&tracker) == [3, 4])
  }

  @Test("numbers are unique in a frame and never come back, however wild the scene")
  func unique() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    var tracker = InstanceTracker(settings: InstanceTracker.Settings(gracePeriod: 3, confirmationHits: 1))
    var lastSeen: [Int: Int] = [:]
    var time = 0
    for _ in 0..<200 {
      var scene = Scene()
      for _ in 0..<Int.random(in: 0...15, using: &random) {
        scene.add(
          Double.random(in: -20...138, using: &random), Double.random(in: -20...138, using: &random), Double.random(in: 0...90, using: &random),
          Double.random(in: 0...90, using: &random), label: Int.random(in: 0..<3, using: &random))
      }
      let frames = Int.random(in: 1...2, using: &random)
      time += frames
      let numbers = scene.numbers(&tracker, frames: frames).compactMap { $0 }
      #expect(numbers.count == scene.instances.count && Set(numbers).count == numbers.count, "seed \(seed)")
      for number in numbers {
        // One step may be longer than what is left of the grace period.
        if let last = lastSeen[number] { #expect(time - last <= 3 + frames, "seed \(seed)") }
        lastSeen[number] = time
      }
    }
  }

  @Test("real objects that move in one picture keep their numbers", .enabled(if: SharedData.exists("data/davis"), "needs ../shared/data"))
  func davis() throws {
    let videos = ["breakdance", "car-shadow", "dog", "drift-straight", "horsejump-high", "libby"]
    var tracker = InstanceTracker()
    var changes = 0
    var last = [Int?](repeating: nil, count: videos.count)
    for frame in 0..<40 {
      var scene = Scene()
      var present: [Int] = []
      for (index, video) in videos.enumerated() {
        let name = String(repeating: "0", count: frame < 10 ? 4 : 3) + "\(frame)"
        let mask = try ImageFile.readIndexed(SharedData.path("data/davis/\(video)-masks/\(name).png"))
        if scene.add(mask) { present.append(index) }
      }
      let numbers = scene.numbers(&tracker)
      for (video, number) in zip(present, numbers) {
        if let before = last[video], before != number { changes += 1 }
        last[video] = number ?? last[video]
      }
    }
    // All six lie over each other in the middle of the picture, as objects of one class.
    #expect(changes == 0, "of \(40 * videos.count)")
  }
}

extension Scene {
  /// Adds an object whose mask is a picture, sampled at the masks' size; false when there is nothing on it.
  fileprivate mutating func add(_ picture: borrowing PixelImage) -> Bool {
    let (source, size) = (picture.size, Self.size)
    let pixels = picture.withBytes { Array($0) }
    let isSet = { (x: Int, y: Int) -> Bool in
      let column: Int = (2 * x + 1) * source.width / (2 * size.width)
      let row: Int = (2 * y + 1) * source.height / (2 * size.height)
      return pixels[row * source.width + column] > 0
    }
    var (columns, rows) = ((size.width, 0), (size.height, 0))
    for y in 0..<size.height {
      for x in 0..<size.width where isSet(x, y) {
        columns = (min(columns.0, x), max(columns.1, x + 1))
        rows = (min(rows.0, y), max(rows.1, y + 1))
      }
    }
    if columns.0 >= columns.1 { return false }
    let share = { (place: Int) in Float(place) / 138 }
    instances.append(
      DetectedInstance(classIndex: 0, score: 0.8, box: InstanceBox(x1: share(columns.0), y1: share(rows.0), x2: share(columns.1), y2: share(rows.1))))
    masks.append(isSet)
    return true
  }
}
