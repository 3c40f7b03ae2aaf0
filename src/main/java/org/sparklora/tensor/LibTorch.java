package org.sparklora.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sparklora.util.InvalidInputException;

/** Finds and loads the native library. Nothing is ever downloaded. */
public final class LibTorch {
  private static final String OFFLINE = "ai.djl.offline";
  private static final String FOLDER = "PYTORCH_LIBRARY_PATH";
  private static final String BUNDLE = "native/lib/pytorch.properties";
  private static boolean loaded;

  private LibTorch() {}

  /**
   * Loads the library.
   *
   * @throws InvalidInputException (RESOURCES) when there is none, or it cannot be loaded
   */
  public static synchronized void load() {
    if (loaded) {
      return;
    }
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
    requireThere();
    GlobalContext.prepareEnvironment();
    try {
      Engine.getEngine("PyTorch");
      loaded = true;
    } catch (RuntimeException | LinkageError e) {
      throw InvalidInputException.resources(LibTorchFailure.text(e, cache().toString()));
    }
  }

  /**
   * The device of a process that Spark gives none: the first GPU, or the CPU.
   *
   * @throws InvalidInputException (RESOURCES) when the library cannot be loaded
   */
  public static Device device() {
    load();
    return Engine.getEngine("PyTorch").getGpuCount() > 0 ? Device.gpu(0) : Device.cpu();
  }

  /**
   * Checks that there is a library, without loading it.
   *
   * @throws InvalidInputException (RESOURCES) when there is none
   */
  public static void requireThere() {
    String folder = Utils.getEnvOrSystemProperty(FOLDER);
    if (folder != null && !folder.isEmpty()) {
      Path library = Path.of(folder).resolve(System.mapLibraryName("torch"));
      if (!Files.exists(library)) {
        throw InvalidInputException.resources(
            "Missing libtorch: "
                + FOLDER
                + " is "
                + folder
                + ", which has no "
                + library.getFileName()
                + "; it must name the folder of libtorch's libraries");
      }
    } else if (!isOnClassPath() && !isUnpacked()) {
      throw InvalidInputException.resources(
          "Missing libtorch: it is neither on the class path nor in "
              + FOLDER
              + "; give spark-submit"
              + " --jars target/spark/jars/pytorch-native-cpu-2.7.1-linux-x86_64.jar, which the"
              + " build puts there, or set "
              + FOLDER
              + " on every node");
    }
  }

  private static boolean isOnClassPath() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? LibTorch.class.getClassLoader() : context;
    return loader.getResource(BUNDLE) != null;
  }

  /** Whether DJL's cache has a library of this version from an earlier download. */
  private static boolean isUnpacked() {
    String name = Pattern.quote(version().orElse("")) + "-(cpu|cu\\d+).*";
    try (Stream<Path> folders = Files.list(cache())) {
      return folders.anyMatch(
          folder ->
              folder.getFileName().toString().matches(name)
                  && Files.exists(folder.resolve(System.mapLibraryName("torch"))));
    } catch (IOException e) {
      return false;
    }
  }

  private static Path cache() {
    return Utils.getEngineCacheDir("pytorch");
  }

  /**
   * The version that the workers load: the value of PYTORCH_VERSION, or the version of the JNI
   * library.
   */
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
