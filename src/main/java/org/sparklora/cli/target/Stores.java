package org.sparklora.cli.target;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.cli.check.HadoopSettings;
import org.sparklora.model.folder.FolderSource;
import org.sparklora.model.folder.Locations;
import org.sparklora.util.InvalidInputException;

/**
 * The file systems that a command reads and writes, if it does not start Spark. Files of this
 * machine are read and written without Hadoop, which is not in the jar. Hadoop is used only for
 * other locations.
 */
public final class Stores {
  private final Optional<String> hubCacheDir;
  private Configuration hadoop;

  private Stores(Optional<String> hubCacheDir) {
    this.hubCacheDir = hubCacheDir;
  }

  /**
   * The file systems of a command.
   *
   * @param hubCacheDir {@code --cache_dir}
   */
  public static Stores load(Optional<String> hubCacheDir) {
    return new Stores(hubCacheDir);
  }

  /** Opens a folder anywhere. */
  public FolderSource folder(String location) {
    return Locations.local(location)
        .map(FolderSource::of)
        .orElseGet(() -> FolderSource.of(location, hadoop(location)));
  }

  /** The files of a place to write to. */
  TargetFiles target(String location) {
    return Locations.local(location).isPresent()
        ? new LocalTargetFiles()
        : new StoreTargetFiles(hadoop(location));
  }

  /** Returns Hadoop's settings, for code that needs them even for local files. */
  public Configuration hadoop() {
    if (hadoop == null) {
      hadoop = HadoopSettings.load(hubCacheDir);
    }
    return hadoop;
  }

  private Configuration hadoop(String location) {
    try {
      return hadoop();
    } catch (NoClassDefFoundError e) {
      throw InvalidInputException.resources(
          "Missing Spark: the jar alone reads and writes files of this machine, not "
              + Location.shown(location)
              + "; run it with spark-submit");
    }
  }
}
