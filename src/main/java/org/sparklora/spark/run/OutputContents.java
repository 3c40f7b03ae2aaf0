package org.sparklora.spark.run;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.RunReport;
import org.sparklora.report.history.Attempt;
import org.sparklora.report.history.HistoryFile;
import org.sparklora.store.OutputLease;
import org.sparklora.store.StoreFile;
import org.sparklora.train.checkpoint.Checkpoints;

/**
 * The files of runs in an output folder: results that would be lost, and traces of a run that
 * trained no step. Latent caches are neither, because a cache's name identifies its content.
 *
 * @param byRuns whether a run has written here at all; otherwise no file is a run's
 * @param results names of adapters, checkpoints, pictures and folders of subjects
 * @param traces names of reports and logs
 * @param trained whether an earlier run has completed a step
 * @param misplaced names of folders where a run writes files, and of files where it writes folders
 */
public record OutputContents(
    boolean byRuns,
    List<String> results,
    List<String> traces,
    boolean trained,
    List<String> misplaced) {
  static final String SAMPLES = "samples.png";
  public static final String CARD = "README.md";

  /** All trials of a sweep. */
  public static final String SWEEP = "tune.json";

  public static final String SWEEP_PAGE = "tune.html";

  /** What is known of one trial, in its folder. */
  public static final String TRIAL = "trial.json";

  static final String REPORT = "report";
  static final String PICTURES = "validation";

  /** The adapter's files, in every format that training writes. */
  static final Pattern ADAPTER =
      Pattern.compile(
          "pytorch_lora_weights\\.safetensors|learned_embeds(_\\d{1,4})?\\.(safetensors|bin)"
              + "|lora\\.safetensors");

  public OutputContents {
    results = List.copyOf(results);
    traces = List.copyOf(traces);
    misplaced = List.copyOf(misplaced);
  }

  /**
   * Reads a folder. A folder that does not exist is empty.
   *
   * @param logs names of the folders that trackers write to
   */
  static OutputContents read(Path folder, List<String> logs, Configuration hadoop)
      throws IOException {
    FileSystem files = folder.getFileSystem(hadoop);
    List<FileStatus> entries = list(files, folder);
    List<String> misplaced =
        entries.stream()
            .filter(entry -> isMisplaced(entry.getPath().getName(), entry.isDirectory()))
            .map(entry -> entry.getPath().getName())
            .toList();
    if (!misplaced.isEmpty()) {
      return new OutputContents(false, List.of(), List.of(), false, misplaced);
    }
    boolean byRuns = isByRuns(files, folder);
    List<String> results = new ArrayList<>();
    List<String> traces = new ArrayList<>();
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      if (entry.isDirectory()
          ? isResultFolder(files, entry.getPath(), byRuns)
          : ADAPTER.matcher(name).matches() || name.equals(SAMPLES) || isOfSweep(name)) {
        results.add(name);
      } else if (entry.isDirectory()
          ? name.equals(REPORT) || logs.contains(name)
          : name.equals(CARD) || name.equals(RunReport.PAGE)) {
        traces.add(name);
      }
    }
    return new OutputContents(
        byRuns, results, traces, byRuns && hasTrained(folder, hadoop), List.of());
  }

  /** Whether no run could write what it gives this name. */
  private static boolean isMisplaced(String name, boolean folder) {
    boolean ofFile =
        ADAPTER.matcher(name).matches() || List.of(SAMPLES, CARD, RunReport.PAGE).contains(name);
    boolean ofFolder =
        Checkpoints.isFolder(name) || List.of(REPORT, PICTURES, OutputLease.FOLDER).contains(name);
    return folder ? ofFile : ofFolder;
  }

  /**
   * Whether a file is a run's adapter: a checkpoint, pictures or a model card lie beside it.
   *
   * @param file may be missing
   */
  public static boolean isAdapterOfRun(Path file, Configuration hadoop) throws IOException {
    return ADAPTER.matcher(file.getName()).matches()
        && isByRuns(file.getFileSystem(hadoop), file.getParent());
  }

  /** Whether an earlier run has left results that a new run must not mix with. */
  boolean isUsed() {
    return byRuns && (trained || !results.isEmpty());
  }

  /** Names of files that a run would write and that no run has written. */
  List<String> foreign() {
    List<String> names = new ArrayList<>(byRuns ? List.of() : results);
    traces.stream()
        .filter(name -> !byRuns && (name.equals(CARD) || name.equals(RunReport.PAGE)))
        .forEach(names::add);
    return names;
  }

  /** Whether a file tells of a sweep. */
  static boolean isOfSweep(String name) {
    return name.equals(SWEEP) || name.equals(SWEEP_PAGE);
  }

  private static boolean isByRuns(FileSystem files, Path folder) throws IOException {
    return files.exists(new Path(folder, OutputLease.FOLDER))
        || files.exists(new Path(folder, RunReport.HISTORY))
        || files.exists(new Path(folder, RecipeFile.NAME))
        || anyOf(files, folder, entry -> isCheckpoint(files, entry.getPath()));
  }

  /**
   * Whether a folder holds results of a run. Without a run's own files, pictures and folders may be
   * anybody's.
   */
  private static boolean isResultFolder(FileSystem files, Path folder, boolean byRuns)
      throws IOException {
    String name = folder.getName();
    return byRuns
        && (Checkpoints.isFolder(name)
            || name.equals(PICTURES)
            || name.equals(KohyaCopy.FOLDER)
            || isSubject(files, folder));
  }

  /**
   * Whether a folder belongs to a subject. The output folder of another run has a report, too, and
   * is not one.
   */
  static boolean isSubject(FileSystem files, Path folder) throws IOException {
    if (files.exists(new Path(folder, RunReport.HISTORY))) {
      return false;
    }
    return files.exists(new Path(folder, FinishedSubject.NAME))
        || files.exists(new Path(folder, OutputLease.FOLDER));
  }

  private static boolean isCheckpoint(FileSystem files, Path folder) {
    try {
      return Checkpoints.isFolder(folder.getName())
          && files.exists(new Path(folder, Checkpoints.MANIFEST));
    } catch (IOException e) {
      return false; // if it matters, it fails there again
    }
  }

  private static boolean hasTrained(Path folder, Configuration hadoop) throws IOException {
    return StoreFile.of(new Path(folder, RunReport.HISTORY), hadoop)
        .read()
        .flatMap(HistoryFile::read)
        .map(history -> history.attempts().stream().mapToLong(Attempt::steps).sum() > 0)
        .orElse(false);
  }

  private static boolean anyOf(FileSystem files, Path folder, Predicate<FileStatus> holds)
      throws IOException {
    return list(files, folder).stream().anyMatch(holds);
  }

  static List<FileStatus> list(FileSystem files, Path folder) throws IOException {
    try {
      return List.of(files.listStatus(folder));
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }
}
