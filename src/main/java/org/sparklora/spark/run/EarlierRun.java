package org.sparklora.spark.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.util.InvalidInputException;

/**
 * The files of an earlier run in the output folder, and what happens to them. One run's files must
 * not be mixed with another run's adapter. So a folder with an earlier run's files is resumed with
 * the same recipe, or emptied, or refused.
 *
 * @param contents of the folder before this run writes to it
 * @param checked whether it is certain that a resume has the recipe of the earlier run
 */
public record EarlierRun(OutputContents contents, boolean checked) {
  private static final int MOST_NAMED = 5;

  /**
   * Reads the folder before Spark starts. Changes nothing.
   *
   * @throws InvalidInputException (CONFIGURATION) when the run may not write there
   */
  static OutputContents look(TrainingConfig config, Configuration hadoop) {
    Path folder = new Path(config.outputDir());
    try {
      ModelApart.require("--output_dir", config.outputDir(), config.model());
      ModelApart.require("--latent_cache_dir", TrainingData.cacheFolder(config), config.model());
      OutputContents contents = OutputContents.read(folder, logs(config), hadoop);
      if (!contents.misplaced().isEmpty()) {
        throw InvalidInputException.configuration(
            "Invalid --output_dir: "
                + folder
                + " has "
                + named(contents.misplaced())
                + ", a folder where a run writes a file or the reverse: move it away, or give"
                + " another folder");
      }
      if (!contents.foreign().isEmpty()) {
        throw InvalidInputException.configuration(
            "Invalid --output_dir: "
                + folder
                + " has "
                + named(contents.foreign())
                + ", which no run of this program has written there and which this one would"
                + " replace: move it away, or give another folder");
      }
      if (config.checkpoints().resumeFromCheckpoint().isEmpty()) {
        requireUnused(config, contents, hadoop);
      }
      return contents;
    } catch (IOException | IllegalArgumentException e) {
      // Hadoop throws the second for a URI that it cannot use, or a host without address.
      throw InvalidInputException.configuration(
          "Cannot read --output_dir: " + folder + ": " + e.getMessage());
    }
  }

  /**
   * Checks before Spark starts that a resume has the recipe of the earlier run.
   *
   * @param contents of the folder
   * @throws InvalidInputException (CONFIGURATION) when it does not; (DATA) when the checkpoint to
   *     resume is missing or damaged
   */
  static EarlierRun check(
      TrainingConfig config,
      OutputContents contents,
      List<ImageDataset> datasets,
      Configuration hadoop) {
    Optional<String> resume = config.checkpoints().resumeFromCheckpoint();
    if (resume.isEmpty()) {
      return new EarlierRun(contents, true);
    }
    try {
      EarlyRecipe recipe = EarlyRecipe.of(config, datasets, hadoop);
      boolean subjects = datasets.get(0).subjects().isPresent();
      checkResume(new Path(config.outputDir()), contents, resume.get(), subjects, recipe, hadoop);
      return new EarlierRun(contents, recipe.isWhole() && !subjects);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot check what to resume from: " + e.getMessage(), e);
    }
  }

  /**
   * Prepares the folder for this run. Deletes the files that must be overwritten, and those of a
   * run that trained no step.
   *
   * @param lease of this run
   * @throws InvalidInputException (CONFIGURATION) when another run has written there meanwhile
   */
  public void makeRoom(TrainingConfig config, Configuration hadoop, OutputLease lease)
      throws IOException {
    if (config.checkpoints().resumeFromCheckpoint().isPresent()) {
      return;
    }
    Path folder = new Path(config.outputDir());
    if (!contents.isUsed()) {
      requireUnused(config, OutputContents.read(folder, logs(config), hadoop), hadoop);
    }
    RunFiles files = new RunFiles(folder, logs(config), hadoop, lease);
    if (contents.byRuns() && config.checkpoints().overwrite()) {
      files.delete();
    } else if (contents.byRuns()) {
      files.deleteTraces();
    }
  }

  /** Whether it is certain that this run may write to the folder. */
  public boolean isCertain() {
    return checked || !contents.isUsed();
  }

  private static void requireUnused(
      TrainingConfig config, OutputContents contents, Configuration hadoop) throws IOException {
    if (!contents.isUsed() || config.checkpoints().overwrite()) {
      return;
    }
    Path folder = new Path(config.outputDir());
    // If the other run is still alive, the message about it is more useful.
    OutputLease.awaitFree(hadoop, folder, Holder.current("this run"));
    List<String> there = new ArrayList<>(contents.results());
    there.addAll(contents.traces());
    throw InvalidInputException.configuration(
        "Invalid --output_dir: "
            + folder
            + " holds an earlier run ("
            + named(there)
            + "): go on with it with --resume_from_checkpoint=latest, give another folder, or"
            + " replace it with --overwrite_output_dir");
  }

  private static void checkResume(
      Path folder,
      OutputContents contents,
      String wanted,
      boolean subjects,
      EarlyRecipe recipe,
      Configuration hadoop)
      throws IOException {
    Optional<Checkpoint> checkpoint =
        subjects ? Optional.empty() : new Checkpoints(hadoop, folder).resume(wanted);
    checkpoint.ifPresent(
        from -> recipe.requireSame(from.folder().toString(), from.configuration()));
    Optional<Map<String, String>> made = RecipeFile.read(folder, hadoop);
    made.ifPresent(before -> recipe.requireSame(folder.toString(), before));
    boolean ofThisFolder =
        checkpoint.filter(from -> isWithin(from.folder(), folder, hadoop)).isPresent();
    if (made.isEmpty() && !ofThisFolder && !subjects && contents.isUsed()) {
      throw InvalidInputException.configuration(
          "Cannot resume into "
              + folder
              + ": it holds "
              + named(contents.results().isEmpty() ? contents.traces() : contents.results())
              + " and nothing that says what that was trained with: give another folder, or leave"
              + " --resume_from_checkpoint out and replace it with --overwrite_output_dir");
    }
  }

  private static boolean isWithin(Path checkpoint, Path folder, Configuration hadoop) {
    try {
      var files = folder.getFileSystem(hadoop);
      return files.makeQualified(checkpoint.getParent()).equals(files.makeQualified(folder));
    } catch (IOException | IllegalArgumentException e) {
      return false; // on another file system
    }
  }

  /** The first parts of the folders within the output folder that trackers write to. */
  private static List<String> logs(TrainingConfig config) {
    String output = new Path(config.outputDir()) + "/";
    String logs = new Path(config.tracking().loggingDir()).toString();
    return logs.startsWith(output)
        ? List.of("logs", logs.substring(output.length()))
        : List.of("logs");
  }

  private static String named(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())));
    return names.size() > MOST_NAMED
        ? first + " and " + (names.size() - MOST_NAMED) + " more"
        : first;
  }
}
