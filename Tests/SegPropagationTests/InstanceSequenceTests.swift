import SegBase
import SegModels
import SegPropagation
import SegSchedule
import Testing

@Suite struct InstanceSequenceTests {
  private let size = MovingPicture.size

  private func edge() throws -> LoadedModel {
    try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2", classCount: 3, inputSize: size)
  }

  private func deep() throws -> LoadedModel {
    try LoadedModel.random(architecture: .yolact, dialect: "yolact", variant: "resnet50", classCount: 3, inputSize: size)
  }

  private func video() throws -> LoadedModel {
    try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge-video", variant: "resnet50", classCount: 3, inputSize: size)
  }

  private struct Frame {
    let result: FrameResult
    let map: [UInt8]
    let instances: [DetectedInstance]
  }

  private func run(
    _ model: LoadedModel, _ policy: SchedulePolicy, between: BetweenKeys = .auto, frames: Int, shown: PixelSize? = nil, seeks: Set<Int> = [],
    picture: (Int) -> PixelImage
  ) throws -> [Frame] {
    var settings = SequenceSettings(policy: policy)
    settings.between = between
    let sequence = try InstanceSequence(model, settings: settings, shown: shown)
    return try (0..<frames).map { index in
      let result = try sequence.process(
        picture(index), at: MediaTime(seconds: Double(index) / 25), duration: 0.04, isDiscontinuity: seeks.contains(index))
      #expect(sequence.labels.size == shown ?? size)
      return Frame(result: result, map: sequence.labels.withBytes { Array($0) }, instances: sequence.instances)
    }
  }

  @Test("keys detect and track like the network alone; in between masks and boxes move with the picture")
  func propagates() throws {
    let model = try edge()
    let picture = { (index: Int) in MovingPicture.picture(seed: 4, x: 2 * Double(index)) }
    let frames = try run(model, .fixed(interval: 4), frames: 6, picture: picture)
    #expect(frames.map(\.result.decision.pass) == [.full, .propagate, .propagate, .propagate, .full, .propagate])
    var map = PixelImage(size: size, format: .gray8)
    var found: [DetectedInstance] = []
    try SegmentationModel(model, threads: 1).segment(picture(0), into: &map, instances: &found)
    #expect(!found.isEmpty && frames[0].instances == found && frames[0].map == map.withBytes { Array($0) })
    for index in 1..<4 {
      #expect(frames[index].instances.map(\.track) == found.map(\.track) && frames[index].result.networkMilliseconds == 0)
      var (equal, all) = (0, 0)
      for row in 10..<110 {
        for column in 20..<140 {
          all += 1
          if frames[index].map[row * size.width + column] == frames[0].map[row * size.width + column - 2 * index] { equal += 1 }
        }
      }
      #expect(Double(equal) > 0.9 * Double(all), "frame \(index): \(equal) of \(all)")
    }
  }

  @Test("partial passes on a still video find what the keys find")
  func partialOnStill() throws {
    let frames = try run(try deep(), .fixed(interval: 3), between: .partial, frames: 5) { _ in MovingPicture.picture(seed: 5) }
    #expect(frames.map(\.result.decision.pass) == [.full, .partial, .partial, .full, .partial])
    for frame in frames {
      #expect(frame.instances.count == frames[0].instances.count && !frame.instances.isEmpty)
      #expect(Set(frame.instances.compactMap(\.track)) == Set(frames[0].instances.compactMap(\.track)))
      #expect(zip(frame.map, frames[0].map).count { $0 != $1 } < size.pixelCount / 100)
    }
  }

  @Test("a video network uses its own flow by itself, and no optical flow is computed")
  func ownFlow() throws {
    let frames = try run(try video(), .fixed(interval: 3), frames: 4) { MovingPicture.picture(seed: 6, x: Double($0)) }
    #expect(frames.map(\.result.decision.pass) == [.full, .partial, .partial, .full])
    #expect(frames.allSatisfy { $0.result.networkMilliseconds > 0 && $0.result.signals.flowMagnitude == 0 && $0.result.warpMilliseconds < 1 })
    let carried = try run(try video(), .fixed(interval: 3), between: .propagate, frames: 2) { MovingPicture.picture(seed: 6, x: Double($0)) }
    #expect(carried[1].result.decision.pass == .propagate && carried[1].map != frames[1].map)
  }

  @Test("after a seek nothing of the frames before is left", arguments: [BetweenKeys.partial, .propagate])
  func seeks(between: BetweenKeys) throws {
    let model = try video()
    let picture = { (index: Int) in MovingPicture.picture(seed: index < 2 ? 7 : 8, x: Double(index)) }
    let all = try run(model, .fixed(interval: 20), between: between, frames: 5, seeks: [2], picture: picture)
    let tail = try run(model, .fixed(interval: 20), between: between, frames: 3) { picture($0 + 2) }
    #expect(all.map(\.result.decision.keyReason) == [.first, nil, .discontinuity, nil, nil])
    for index in 0..<3 {
      #expect(all[index + 2].map == tail[index].map && all[index + 2].instances.map(\.box) == tail[index].instances.map(\.box))
    }
    let numbers = { (frames: ArraySlice<Frame>) in Set(frames.flatMap(\.instances).compactMap(\.track)) }
    #expect(numbers(all[..<2]).isDisjoint(with: numbers(all[2...])))
  }

  @Test("adaptive keeps partial passes for when loss has gathered; every asks for full ones only, without flow")
  func policies() throws {
    let picture = { (index: Int) in MovingPicture.picture(seed: 9, x: 5 * Double(index)) }
    let adaptive = try run(try deep(), .adaptive(pointsLost: 1.5), between: .partial, frames: 16, picture: picture)
    let passes = Set(adaptive.map(\.result.decision.pass))
    #expect(passes == [.full, .partial, .propagate])
    let every = try run(try edge(), .every, frames: 3, picture: picture)
    #expect(every.allSatisfy { $0.result.decision.pass == .full && $0.result.signals.flowMagnitude == 0 })
  }

  @Test("masks have the size that is shown, from the next pass of the network on")
  func shownSize() throws {
    let frames = try run(try edge(), .fixed(interval: 2), frames: 3, shown: PixelSize(width: 50, height: 33)) { MovingPicture.picture(seed: 5, x: Double($0)) }
    #expect(frames.allSatisfy { $0.map.count == 50 * 33 })
  }

  @Test("networks that give every pixel a class are refused")
  func refuses() throws {
    #expect(throws: InputError.self) { try InstanceSequence(try MovingPicture.model(), settings: SequenceSettings(policy: .every)) }
  }
}
