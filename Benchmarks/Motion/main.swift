import Foundation

// segmotionbench: answers Benchmarks/flow.py; with "warp" it prints times of warps; with "propagate VIDEO MASKS INTERVAL ultrafast|medium|codec|stale" it prints
// how well masks are carried on; with "losses VIDEO WEIGHTS WIDTH FRAMES AGES" a recording of what results brought forward lose.
let arguments = CommandLine.arguments
if arguments.count == 1 {
  FlowServer.run()
} else if arguments[1] == "warp" {
  WarpTimes.run()
} else if arguments.count == 6, arguments[1] == "propagate", let interval = Int(arguments[4]), let source = Propagation.Source(rawValue: arguments[5]) {
  try Propagation.run(video: arguments[2], masks: arguments[3], interval: interval, source: source)
} else if arguments.count == 7, arguments[1] == "losses", let width = Int(arguments[4]), let frames = Int(arguments[5]), let ages = Int(arguments[6]) {
  try Losses.run(video: arguments[2], weights: arguments[3], width: max(8, width), frameLimit: frames, ages: max(1, ages))
} else if arguments.count == 5, arguments[1] == "losses", let ages = Int(arguments[4]) {
  try Losses.run(video: arguments[2], masks: arguments[3], ages: max(1, ages))
} else {
  print(
    "usage: segmotionbench [warp | propagate VIDEO MASKS INTERVAL ultrafast|medium|codec|stale | losses VIDEO WEIGHTS WIDTH FRAMES AGES | losses VIDEO MASKS AGES]"
  )
  exit(64)
}
