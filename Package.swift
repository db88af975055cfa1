// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Targets whose loops touch every pixel or parameter are optimised in debug builds too: unoptimised they are hundreds of times slower.
let kernels: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "segplay",
  products: [.executable(name: "segplay", targets: ["segplay"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    // C libraries, each behind one target.
    .systemLibrary(
      name: "CFFmpeg", pkgConfig: "libavformat",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev", "libavdevice-dev"])]),
    .systemLibrary(name: "CNCursesW", providers: [.apt(["libncurses-dev"])]),
    .target(name: "COneDNN", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CSegKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CFileView", cSettings: [.unsafeFlags(["-O2"])]),
    .target(name: "CTerminalGuard", cSettings: [.unsafeFlags(["-O2"])]),

    // Values that several modules speak of.
    .target(name: "SegBase", swiftSettings: kernels),
    .target(name: "SegTensor", dependencies: ["SegBase"], swiftSettings: kernels),

    // Networks.
    .target(name: "SegGraph", dependencies: ["SegBase", "SegTensor"], swiftSettings: kernels),
    .target(name: "SegRuntime", dependencies: ["SegBase", "SegTensor", "SegGraph", "COneDNN", "CSegKernels"], swiftSettings: kernels),
    .target(name: "SegCheckpoint", dependencies: ["SegBase", "SegTensor", "CFileView"], swiftSettings: kernels),
    .target(
      name: "SegModels", dependencies: ["SegBase", "SegTensor", "SegGraph", "SegRuntime", "SegCheckpoint", "CSegKernels"],
      resources: [.copy("Resources")], swiftSettings: kernels),

    // Motion.
    .target(name: "SegMotion", dependencies: ["SegBase", "CSegKernels"], swiftSettings: kernels),

    // Pictures.
    .target(name: "SegVideo", dependencies: ["SegBase", "CFFmpeg", logging], swiftSettings: kernels),
    .target(name: "SegOverlay", dependencies: ["SegBase", "CSegKernels"], swiftSettings: kernels),
    .target(name: "SegTerminal", dependencies: ["SegBase", "CNCursesW", "CSegKernels", "CTerminalGuard"], swiftSettings: kernels),

    // Which frame gets which pass: pure values.
    .target(name: "SegSchedule", dependencies: ["SegBase"], swiftSettings: kernels),

    // Results that outlive their frame.
    .target(
      name: "SegPropagation", dependencies: ["SegBase", "SegGraph", "SegModels", "SegMotion", "SegRuntime", "SegSchedule", "CSegKernels"],
      swiftSettings: kernels),

    // The program.
    .target(
      name: "SegPlayer",
      dependencies: ["SegBase", "SegVideo", "SegModels", "SegOverlay", "SegTerminal", "SegExport", "SegPropagation", "SegSchedule"],
      swiftSettings: kernels),
    .target(name: "SegExport", dependencies: ["SegBase", "SegVideo", "SegModels", "SegOverlay", "SegPropagation", "SegSchedule"], swiftSettings: kernels),
    .target(name: "SegEvaluate", dependencies: ["SegBase", "SegVideo", "SegModels", "SegMotion", "SegPropagation", "SegSchedule"], swiftSettings: kernels),
    .target(
      name: "SegSamples", path: "Samples", exclude: ["README.md", "generator", "street_labels", "street_flow"], sources: ["StreetVideo.swift"],
      resources: [.copy("street.mp4")], swiftSettings: strict),
    .executableTarget(
      name: "segplay",
      dependencies: [
        "SegBase", "SegTensor", "SegGraph", "SegRuntime", "SegCheckpoint", "SegModels", "SegVideo", "SegOverlay", "SegTerminal", "SegPlayer", "SegExport",
        "SegEvaluate", "SegSamples", "SegMotion", "SegPropagation", "SegSchedule", .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
      ], swiftSettings: strict),

    // Measuring kernels by themselves: `swift run -c release segbenchmarks`.
    .executableTarget(
      name: "segbenchmarks", dependencies: ["SegBase", "SegGraph", "SegModels", "SegRuntime"], path: "Benchmarks/Kernels", swiftSettings: kernels),
    // Optical flow and warps; Benchmarks/flow.py compares them with another library.
    .executableTarget(
      name: "segmotionbench", dependencies: ["SegBase", "SegModels", "SegMotion", "SegPropagation", "SegSchedule", "SegVideo"], path: "Benchmarks/Motion",
      swiftSettings: strict),

    // Networks for other engines; Benchmarks/peers.py compares them.
    .target(
      name: "SegGraphFile", dependencies: ["SegBase", "SegTensor", "SegGraph", "SegRuntime", "SegCheckpoint", "SegModels"], path: "Benchmarks/GraphFile",
      swiftSettings: kernels),
    .executableTarget(
      name: "segnetworkbench",
      dependencies: ["SegBase", "SegGraphFile", "SegModels", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Benchmarks/Network", swiftSettings: strict),

    // Tests.
    .target(name: "CSegTestSupport", path: "Tests/CSegTestSupport", linkerSettings: [.linkedLibrary("util")]),
    .target(name: "SegTestSupport", dependencies: ["CSegTestSupport", "SegBase", "SegTensor"], path: "Tests/SegTestSupport", swiftSettings: kernels),
    .testTarget(name: "SegBaseTests", dependencies: ["SegBase", "SegTestSupport"], swiftSettings: strict),
    .testTarget(name: "SegTensorTests", dependencies: ["SegBase", "SegTensor", "SegTestSupport"], swiftSettings: strict),
    .testTarget(name: "SegGraphTests", dependencies: ["SegGraph", "SegTensor", "SegTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SegRuntimeTests", dependencies: ["SegBase", "SegRuntime", "SegGraph", "SegTensor", "SegTestSupport", "CSegKernels"], swiftSettings: strict),
    .testTarget(name: "SegCheckpointTests", dependencies: ["SegBase", "SegCheckpoint", "SegTensor", "SegTestSupport", "CFileView"], swiftSettings: strict),
    .testTarget(
      name: "SegModelsTests",
      dependencies: ["SegBase", "SegModels", "SegCheckpoint", "SegGraph", "SegRuntime", "SegTensor", "SegTestSupport", "SegVideo"], swiftSettings: strict),
    .testTarget(name: "SegVideoTests", dependencies: ["SegBase", "SegVideo", "CFFmpeg", "SegTestSupport"], swiftSettings: strict),
    .testTarget(name: "SegScheduleTests", dependencies: ["SegSchedule", "SegBase", "SegTestSupport"], swiftSettings: strict),
    .testTarget(name: "SegMotionTests", dependencies: ["SegBase", "SegMotion", "SegVideo", "CSegKernels", "SegTestSupport"], swiftSettings: kernels),
    .testTarget(name: "SegOverlayTests", dependencies: ["SegBase", "SegOverlay", "SegTestSupport"], swiftSettings: strict),
    .executableTarget(
      name: "segterminalprobe", dependencies: ["SegBase", "SegTerminal"], path: "Tests/SegTerminalProbe", swiftSettings: strict),
    .testTarget(
      name: "SegTerminalTests", dependencies: ["SegBase", "SegTerminal", "SegTestSupport", "CSegKernels", "CSegTestSupport", "segterminalprobe"],
      swiftSettings: strict),
    .testTarget(
      name: "SegPlayerTests", dependencies: ["SegBase", "SegPlayer", "SegVideo", "SegModels", "SegOverlay", "SegTerminal", "SegSchedule", "SegTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SegExportTests",
      dependencies: ["SegBase", "SegExport", "SegVideo", "SegModels", "SegOverlay", "SegPropagation", "SegSchedule", "SegTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SegPropagationTests",
      dependencies: ["SegBase", "SegPropagation", "SegModels", "SegMotion", "SegSchedule", "SegGraph", "CSegKernels", "SegTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SegEvaluateTests", dependencies: ["SegBase", "SegEvaluate", "SegVideo", "SegModels", "SegPropagation", "SegSchedule", "SegTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SegGraphFileTests", dependencies: ["SegBase", "SegCheckpoint", "SegGraph", "SegGraphFile", "SegTensor", "SegTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["SegBase", "SegVideo", "SegTestSupport", "CSegTestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
