import SegModels
import Testing

struct PartialPassTests {
  @Test("networks with a shallow stage and a head around a deep one have a pass along optical flow that takes less")
  func shares() throws {
    for (architecture, range) in [(Architecture.enet, 0.3...0.5), (.fastSCNN, 0.3...0.5), (.icnet, 0.2...0.3)] {
      let pass = try #require(try LoadedModel.random(architecture: architecture).partialPass)
      #expect(pass.motion == .opticalFlow && range.contains(pass.share), "\(architecture) \(pass.share)")
    }
  }

  @Test("what finds instances has one too, with the checkpoint's own flow where it has a flow network")
  func instances() throws {
    let image = try LoadedModel.random(architecture: .yolact, dialect: "yolact", variant: "resnet50")
    #expect(image.partialPass?.motion == .opticalFlow && !image.hasOwnFlow)
    let video = try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge-video", variant: "resnet50")
    let pass = try #require(video.partialPass)
    #expect(pass.motion == .learned && video.hasOwnFlow)
    // NETWORKS.md 3.3: 46.6 of 57.4 GMAC, and the reduction of the keyframe's lateral, which is done once.
    #expect(abs(pass.share - 46.6 / 58.1) < 0.01, "\(pass.share)")
  }

  @Test("a network whose head reads deep values alone, or takes nearly all the time, says that it has none")
  func none() throws {
    #expect(try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2").partialPass == nil)
    #expect(try LoadedModel.random(architecture: .hrnet).partialPass == nil)
  }
}
