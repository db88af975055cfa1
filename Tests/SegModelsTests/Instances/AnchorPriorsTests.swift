import SegBase
import SegCheckpoint
import SegModels
import SegTensor
import SegTestSupport
import Testing

struct AnchorPriorsTests {
  static func squares(_ sides: Int...) -> [PixelSize] { sides.map { PixelSize(width: $0, height: $0) } }

  @Test("the original's priors come out", .enabled(if: SharedData.exists("golden"), "needs ../shared/golden"))
  func golden() throws {
    let expected = try NumpyFile.read(path: SharedData.path("golden/yolact_priors_550_every97.npy")).floats()
    let priors = AnchorPriors(layout: InstanceLayout(classCount: 81, anchorsPerPosition: 3), levels: Self.squares(69, 35, 18, 9, 5), inputSize: 550)
    let samples = stride(from: 0, to: priors.count, by: 97).flatMap { index in (0..<4).map { priors.boxes[index][$0] } }
    #expect(priors.count == 19248)
    #expect(samples == expected)
  }

  @Test("counts are the published ones")
  func counts() {
    let plus = InstanceLayout(classCount: 81, anchorsPerPosition: 9, anchorRule: .scalesAndRatios)
    #expect(AnchorPriors(layout: plus, levels: Self.squares(69, 35, 18, 9, 5), inputSize: 550).count == 57744)
    let large = AnchorPriors(layout: InstanceLayout(classCount: 81, anchorsPerPosition: 3), levels: Self.squares(88, 44, 22, 11, 6), inputSize: 700)
    #expect(large.count == 30963)
  }

  @Test(
    "scales follow the input's size in whole pixels",
    arguments: [(700, [30, 61, 122, 244, 488]), (400, [17, 34, 69, 139, 279]), (550, [24, 48, 96, 192, 384])])
  func scales(inputSize: Int, scales: [Int]) {
    let priors = AnchorPriors(layout: InstanceLayout(classCount: 81, anchorsPerPosition: 3), levels: Self.squares(1, 1, 1, 1, 1), inputSize: inputSize)
    #expect(stride(from: 0, to: 15, by: 3).map { (priors.boxes[$0][2] * Float(inputSize)).rounded() } == scales.map { Float($0) })
  }

  @Test("anchors of a position are ordered by scale, then by ratio")
  func order() {
    let plus = InstanceLayout(classCount: 81, anchorsPerPosition: 9, anchorRule: .scalesAndRatios)
    let boxes = AnchorPriors(layout: plus, levels: Self.squares(1), inputSize: 550).boxes
    for (index, box) in boxes.enumerated() {
      let area = box[2] * box[3] * 550 * 550
      let expected: Float = [576, 914.342, 1451.43][index / 3]
      #expect(abs(area - expected) < 0.1)
      #expect(abs(box[2] / box[3] - [1, 0.5, 2][index % 3]) < 1e-5)
      #expect(box[0] == 0.5 && box[1] == 0.5)
    }
    let squares = AnchorPriors(layout: InstanceLayout(classCount: 81, anchorsPerPosition: 3), levels: Self.squares(2), inputSize: 550).boxes
    #expect(squares.allSatisfy { $0[2] == $0[3] })
    #expect(squares[3][0] == 0.75 && squares[3][1] == 0.25 && squares[6][1] == 0.75)
    let voc = AnchorPriors(layout: InstanceLayout(classCount: 21, anchorsPerPosition: 3, anchorRule: .ratios), levels: Self.squares(1), inputSize: 550).boxes
    #expect(voc[0][2] == Float(32.0 / 550) && voc[1][2] < voc[1][3] && voc[2][2] > voc[2][3])
  }
}
