internal import CFFmpeg
internal import Glibc

/// FFmpeg's device library, loaded when the first camera or generator is opened.
///
/// It draws in some eighty other libraries: linked in, it would double the time the program takes to start (27 to 57 ms measured).
enum DeviceLibrary {
  private static let loading: Void = {
    guard let library = dlopen("libavdevice.so.\(LIBAVDEVICE_VERSION_MAJOR)", RTLD_NOW), let symbol = dlsym(library, "avdevice_register_all") else { return }
    unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
  }()

  /// Makes the device formats known to libavformat. Without the library they stay unknown.
  static func load() { _ = loading }
}
