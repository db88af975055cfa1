import ArgumentParser

@main
struct Segplay: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "segplay", abstract: "Plays a video in the terminal with a segmentation network's masks on it.")
}
