import Foundation
import SegBase
import SegModels
import SegTestSupport
import Testing

private let resource = "Sources/SegModels/Resources/enet-street.safetensors"
private let isThere = FileManager.default.fileExists(atPath: SharedData.packageRoot.appendingPathComponent(resource).path)

struct BundledModelTests {
  @Test func itIsLookedForBesideTheProgramAndWhereInstallationsPutIt() {
    #expect(
      BundledModel.candidates(programFolder: "/opt/bin") == [
        "/opt/bin/segplay_SegModels.resources/Resources/enet-street.safetensors", "/opt/bin/../share/segplay/enet-street.safetensors",
      ])
  }

  @Test(.enabled(if: isThere, "needs the bundled model"))
  func itLoadsToTheLastTensor() throws {
    let model = try LoadedModel.bundled()
    #expect(model.architecture == .enet)
    #expect(model.classes == ClassCatalogue.camvid11)
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(model.sizeRule.size(for: PixelSize(width: 480, height: 360)) == PixelSize(width: 480, height: 360))
  }
}
