package org.sparklora.tensor;

import java.util.Locale;
import org.sparklora.util.FirstCause;

/**
 * Explains why libtorch could not be loaded and what to do, by the message of the system's loader.
 */
final class LibTorchFailure {
  private LibTorchFailure() {}

  /**
   * The explanation in one line.
   *
   * @param failure of DJL's engine
   * @param cache folder to which libraries are unpacked
   */
  static String text(Throwable failure, String cache) {
    Throwable first = failure;
    while (first.getCause() != null && first.getCause() != first) {
      first = first.getCause();
    }
    String words = first instanceof UnsatisfiedLinkError ? first.getMessage() : first.toString();
    String why = words == null ? FirstCause.of(failure) : words.lines().findFirst().orElse("");
    return "Cannot load libtorch: " + why + "; " + cure(why.toLowerCase(Locale.ROOT), cache);
  }

  private static String cure(String why, String cache) {
    if (why.contains("glibc") || why.contains("version `")) {
      return "this system's C library is older than libtorch needs (glibc 2.28): use a newer system"
          + " or image";
    }
    if (why.contains("failed to map segment") || why.contains("operation not permitted")) {
      return cache
          + " is on a file system that may not hold programs (noexec): set DJL_CACHE_DIR to a"
          + " folder on another one";
    }
    if (why.contains("no space left")
        || why.contains("permission denied")
        || why.contains("accessdenied")
        || why.contains("read-only file system")
        || why.contains("failed to extract")) {
      return "it is unpacked to "
          + cache
          + " and needs 450 MB there: set DJL_CACHE_DIR to a folder that can be written to";
    }
    if (why.contains("offline")) {
      return "the library that PYTORCH_VERSION and PYTORCH_FLAVOR ask for is not there, and nothing"
          + " is downloaded: give spark-submit --jars with the library's jar, or name its folder by"
          + " PYTORCH_LIBRARY_PATH";
    }
    if (why.contains("cannot open shared object file")) {
      return "a library that it needs is missing: install it, or complete the folder that"
          + " PYTORCH_LIBRARY_PATH names";
    }
    return "the library may be damaged or made for other machines: delete "
        + cache
        + ", where it is unpacked, or give another one by --jars or PYTORCH_LIBRARY_PATH";
  }
}
