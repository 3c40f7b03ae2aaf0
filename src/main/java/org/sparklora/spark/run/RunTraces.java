package org.sparklora.spark.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sparklora.report.RunReport;
import org.sparklora.store.OutputLease;
import org.sparklora.train.checkpoint.Checkpoints;

/**
 * Tells a run's adapter on this machine from other files, as {@link OutputContents} does anywhere.
 * This class needs no Hadoop.
 */
public final class RunTraces {
  private static final List<String> FILES =
      List.of(OutputLease.FOLDER, RunReport.HISTORY, RecipeFile.NAME);

  private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-\\d+");

  private RunTraces() {}

  /**
   * Whether a file is a run's adapter: a checkpoint, pictures or a model card lie beside it.
   *
   * @param file may be missing
   */
  public static boolean isAdapterOfRun(Path file) throws IOException {
    return OutputContents.ADAPTER.matcher(file.getFileName().toString()).matches()
        && Files.isDirectory(file.getParent())
        && isByRuns(file.getParent());
  }

  private static boolean isByRuns(Path folder) throws IOException {
    if (FILES.stream().anyMatch(name -> Files.exists(folder.resolve(name)))) {
      return true;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.anyMatch(
          entry ->
              CHECKPOINT.matcher(entry.getFileName().toString()).matches()
                  && Files.exists(entry.resolve(Checkpoints.MANIFEST)));
    }
  }
}
