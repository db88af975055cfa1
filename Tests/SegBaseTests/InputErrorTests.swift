import SegBase
import Testing

@Suite struct InputErrorTests {
  @Test func descriptionIsOneLineWithoutControlCharacters() {
    let error = InputError("not a video", subject: "a\nb\u{1B}[2J.mp4", advice: "give another file")
    #expect(error.description == "a b [2J.mp4: not a video (give another file)")
    #expect(InputError("no frames").description == "no frames")
  }
}
