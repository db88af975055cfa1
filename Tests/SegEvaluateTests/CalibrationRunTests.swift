import SegBase
import SegModels
import SegVideo
import Testing

@testable import SegEvaluate

@Suite struct CalibrationRunTests {
  @Test("a calibration looks at the frames there are, and no label is needed") func runs() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 3)
    var run = CalibrationRun(model: model, frames: EvaluationFolder.clip(3), frameCount: 8, limit: 1, threads: 1)
    var frames: [Int] = []
    let (table, report) = try run.run { phase, done, _ throws(InputError) in if phase == .frames { frames.append(done) } }
    #expect(table.frameCount == 3 && report.frames == 3 && report.input == "48x64" && frames.starts(with: [0, 1, 2, 3]))
    run.frames = "/nonexistent.mp4"
    #expect(throws: InputError.self) { try run.run() }
  }

  @Test("the progress can end it") func ends() throws {
    let run = CalibrationRun(model: try LoadedModel.random(architecture: .enet, classCount: 3), frames: EvaluationFolder.clip(3))
    #expect(throws: InputError("enough")) { try run.run { _, done, _ throws(InputError) in if done == 2 { throw InputError("enough") } } }
  }

  @Test("frames are spread evenly over a video that can be sought, and taken in order otherwise") func spread() {
    var information = MediaInformation()
    (information.frameCount, information.duration, information.isSeekable) = (100, MediaTime(seconds: 10), true)
    let spread = SpreadFrames(information, count: 4)
    #expect(spread.count == 4)
    #expect((0..<4).map { spread.time(of: $0)?.seconds } == [1.25, 3.75, 6.25, 8.75])
    #expect(SpreadFrames(information, count: 100).time(of: 0) == nil && SpreadFrames(information, count: 200).count == 100)
    information.isSeekable = false
    #expect(SpreadFrames(information, count: 4).time(of: 0) == nil)
    #expect(SpreadFrames(MediaInformation(), count: 4).count == 4)
  }
}
