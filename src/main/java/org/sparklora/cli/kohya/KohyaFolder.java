package org.sparklora.cli.kohya;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A configuration of theirs with the files that belong to it, made into one of this program. */
public final class KohyaFolder {
  private KohyaFolder() {}

  /**
   * Reads the files and carries their settings over.
   *
   * @param given a configuration in TOML, a script of a shell that runs {@code train_network.py},
   *     or a folder that holds one script
   * @param dataset the data set file; empty for the one that {@code dataset_config} names
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) for files that cannot be read
   */
  public static CarriedOver read(Path given, Optional<Path> dataset) {
    Path file = Files.isDirectory(given) ? onlyScript(given) : given;
    KohyaSettings settings = KohyaFiles.configuration(file);
    if (settings.has("config_file")) {
      Path config = beside(file, settings.text("config_file", ""));
      settings = KohyaFiles.configuration(config).overriddenBy(settings);
    }
    KohyaSettings all = settings;
    Optional<Path> subsets =
        dataset.or(() -> all.text("dataset_config").map(name -> beside(file, name)));
    return KohyaConversion.of(all, subsets.map(KohyaFiles::subsets).orElse(List.of()));
  }

  /** The configuration as a file of YAML. */
  public static String yaml(CarriedOver result, Path given) {
    return KohyaYaml.of(result, given.toString());
  }

  /** A name that a file says: where it stands as it is, else beside the file. */
  private static Path beside(Path file, String name) {
    Path path = Path.of(name);
    boolean there = path.isAbsolute() || Files.exists(path);
    return there ? path : file.resolveSibling(path);
  }

  private static Path onlyScript(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> scripts =
          entries
              .filter(entry -> entry.toString().matches(".*\\.(sh|bat|cmd|ps1)"))
              .filter(entry -> KohyaFiles.text(entry).contains("train_network.py"))
              .sorted()
              .toList();
      if (scripts.size() == 1) {
        return scripts.get(0);
      }
      throw KohyaFiles.invalid(
          folder
              + (scripts.isEmpty()
                  ? " has no script that runs train_network.py"
                  : " has several scripts that run train_network.py: give one of them"));
    } catch (IOException e) {
      throw KohyaFiles.invalid(folder + " cannot be listed: " + e.getMessage());
    }
  }
}
