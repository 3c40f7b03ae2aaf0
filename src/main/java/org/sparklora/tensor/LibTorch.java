package org.sparklora.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Properties;

/** The native library, without loading it: a driver computes nothing. */
public final class LibTorch {
  private LibTorch() {}

  /** The version that the workers load: what PYTORCH_VERSION says, or that of the JNI library. */
  public static Optional<String> version() {
    return Optional.ofNullable(System.getenv("PYTORCH_VERSION")).or(LibTorch::versionOfJni);
  }

  private static Optional<String> versionOfJni() {
    ClassLoader loader = LibTorch.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream("jnilib/pytorch.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return Optional.ofNullable(properties.getProperty("jni_version"))
          .map(version -> version.replaceFirst("-.*", ""));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
