import Testing

@testable import SegModels

@Suite struct ModelRequestTests {
  @Test func aModelIsCalledByItsNameOrItsFile() {
    #expect(ModelRequest().displayName == "enet-street")
    #expect(ModelRequest(weightsPath: "/a/b/net.v2.pth").displayName == "net.v2")
    #expect(ModelRequest(weightsPath: "/a/folder").displayName == "folder")
    #expect(ModelRequest(weightsPath: ".pth").displayName == ".pth")
    var request = ModelRequest(weightsPath: "net.pth")
    request.name = "Yard"
    #expect(request.displayName == "Yard")
  }
}
