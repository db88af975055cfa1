import SegBase
import SegTestSupport
import Testing

@testable import SegModels

@Suite struct ModelManifestTests {
  private static func parse(_ text: String, path: String = "/data/models/yard.model") throws(InputError) -> ModelRequest {
    try ModelManifest.parse(Array(text.utf8), path: path)
  }

  private static func problem(_ text: String) -> String? {
    do throws(InputError) {
      _ = try parse(text)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func everyKeyIsRead() throws {
    let request = try Self.parse(
      """
      # the camera in the yard
      name = Yard
      network = enet
      weights = weights/yard.pth
      classes = yard.txt
      palette = #ff0000 #00ff00, #0000ff
      input = 360x480
      preprocessing = imagenet
      calibration = yard.int8
      """)
    #expect(request.calibrationPath == "/data/models/yard.int8")
    #expect(request.name == "Yard")
    #expect(request.architecture == "enet")
    #expect(request.weightsPath == "/data/models/weights/yard.pth")
    #expect(request.classes == "/data/models/yard.txt")
    #expect(request.palette == [Colour(255, 0, 0), Colour(0, 255, 0), Colour(0, 0, 255)])
    #expect(request.inputSize == PixelSize(width: 480, height: 360))
    #expect(request.preprocessing == .imageNet)
  }

  @Test func theNameIsTheFilesWhereNoneIsGiven() throws {
    let request = try Self.parse("weights = /abs/w.pth\nclasses = cityscapes19\npalette = cityscapes19")
    #expect(request.displayName == "yard")
    #expect(request.weightsPath == "/abs/w.pth")
    #expect(request.classes == "cityscapes19")
    #expect(request.palette == ClassCatalogue.cityscapes19.colours)
  }

  @Test func aManifestInTheWorkingFolderNamesFilesThere() throws {
    #expect(try Self.parse("weights = w.pth", path: "yard.model").weightsPath == "w.pth")
  }

  @Test(arguments: [
    ("name = x", "names no weights"), ("weights =", "has no value"), ("weights = w\nnetwork = resnet", "no network is called"),
    ("weights = w\npalette = red", "is no colour"), ("weights = w\ninput = 360", "is no size"), ("weights = w\ninput = 0x99999", "is no size"),
    ("weights = w\npreprocessing = caffe2", "no preprocessing"), ("weights = w\nthreads = 2", "unknown key"), ("weights", "key = value"),
  ])
  func whatIsNotUnderstoodIsRefused(text: String, reason: String) {
    #expect(Self.problem(text)?.contains(reason) == true)
  }
}
