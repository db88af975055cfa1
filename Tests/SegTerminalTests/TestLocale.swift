import Foundation

/// The widths of characters depend on the process's locale, which a screen sets; tests without a screen set it here.
enum TestLocale {
  static let isUTF8 = setlocale(LC_CTYPE, "C.UTF-8") != nil
}
