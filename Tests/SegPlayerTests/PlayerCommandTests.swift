import SegPlayer
import SegTerminal
import Testing

@Suite struct PlayerCommandTests {
  @Test(arguments: [
    (KeyEvent.character(" "), PlayerCommand.togglePause), (.arrow(.left, shifted: false), .seek(by: -5)), (.arrow(.right, shifted: false), .seek(by: 5)),
    (.character(","), .stepBack), (.character("."), .stepForward), (.character("["), .slower), (.character("]"), .faster), (.character("m"), .cycleView),
    (.character("+"), .moreOpacity), (.character("="), .moreOpacity), (.character("-"), .lessOpacity), (.character("1"), .model(1)),
    (.character("9"), .model(9)), (.character("0"), .model(0)), (.character("p"), .savePicture), (.character("e"), .toggleRecording),
    (.character("?"), .toggleHelp), (.character("q"), .quit), (.control("l"), .redraw), (.resize, .redraw), (.escape, .closePanel),
    (.quit(signal: 15), .quitBySignal(15)),
  ])
  func keysHaveTheirCommands(key: KeyEvent, command: PlayerCommand) {
    #expect(PlayerCommand(key: key) == command)
  }

  @Test(arguments: [KeyEvent.character("z"), .character("é"), .function(3), .tab, .pageUp])
  func otherKeysHaveNone(key: KeyEvent) {
    #expect(PlayerCommand(key: key) == nil)
  }

  @Test func everyKeyOfTheHelpIsExplained() {
    #expect(PlayerCommand.help.allSatisfy { !$0.keys.isEmpty && !$0.effect.isEmpty })
  }
}
