package org.sparklora.spark.run;

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
import org.sparklora.store.Fence;
import org.sparklora.store.OutputLease;
import org.sparklora.store.PartFiles;
import org.sparklora.train.checkpoint.Checkpoints;

/**
 * Deletes files of runs in an output folder, by name. Other files and latent caches stay. The files
 * by which the folder is known as a run's are deleted last, so the next deletion can finish one
 * that was interrupted.
 */
final class RunFiles {
  private static final Pattern PICTURES_OF_STEP = Pattern.compile("base|step-\\d+");
  private static final Pattern PICTURE = Pattern.compile("\\d{3,}-.*-seed-?\\d+\\.png");
  private static final Pattern EVENTS = Pattern.compile("events\\.out\\.tfevents\\.\\d{10}\\..*");
  private static final Pattern WANDB_RUN = Pattern.compile("offline-run-\\d{8}_\\d{6}-.*");

  private final FileSystem files;
  private final Path folder;
  private final List<String> logs;
  private final Fence fence;

  /**
   * @param logs names of the folders that trackers write to
   * @param fence asked before anything is deleted
   */
  RunFiles(Path folder, List<String> logs, Configuration hadoop, Fence fence) throws IOException {
    this.files = folder.getFileSystem(hadoop);
    this.folder = folder;
    this.logs = logs;
    this.fence = fence;
  }

  /** Deletes all files of runs except the lease. */
  void delete() throws IOException {
    fence.requireHeld();
    List<Path> runs = new ArrayList<>();
    for (FileStatus entry : OutputContents.list(files, folder)) {
      if (entry.isDirectory() && OutputContents.isSubject(files, entry.getPath())) {
        runs.add(entry.getPath());
      }
    }
    runs.add(folder);
    // A checkpoint of an old run must never be resumed beside the remains of that run.
    for (Path run : runs) {
      for (Path checkpoint : checkpoints(run)) {
        files.delete(new Path(checkpoint, Checkpoints.MANIFEST), false);
      }
    }
    for (Path run : runs) {
      deleteResults(run);
    }
    runs.remove(folder);
    for (Path subject : runs) {
      deleteIn(
          subject, name -> name.equals(FinishedSubject.NAME) || name.equals(OutputContents.TRIAL));
      files.delete(new Path(subject, OutputLease.FOLDER), true);
      deleteIfEmpty(subject);
    }
    deleteTraces();
  }

  /** Deletes reports and logs. */
  void deleteTraces() throws IOException {
    fence.requireHeld();
    for (String name : logs) {
      deleteLogs(new Path(folder, name));
    }
    deleteIn(folder, name -> name.equals(OutputContents.CARD) || name.equals(RunReport.PAGE));
    Path report = new Path(folder, OutputContents.REPORT);
    deleteIn(report, PartFiles::isOne);
    files.delete(new Path(folder, RecipeFile.NAME), false);
    files.delete(new Path(folder, RunReport.HISTORY), false);
    deleteIfEmpty(report);
  }

  private void deleteResults(Path run) throws IOException {
    for (Path checkpoint : checkpoints(run)) {
      deleteIn(
          checkpoint,
          name ->
              name.equals(Checkpoints.MANIFEST)
                  || name.equals(Checkpoints.STATE)
                  || name.equals(OutputContents.CARD)
                  || OutputContents.ADAPTER.matcher(name).matches());
      deleteIfEmpty(checkpoint);
    }
    deleteIn(
        run,
        name ->
            name.equals(OutputContents.SAMPLES)
                || OutputContents.isOfSweep(name)
                || (name.equals(OutputContents.CARD) && !run.equals(folder))
                || OutputContents.ADAPTER.matcher(name).matches());
    Path copies = new Path(run, KohyaCopy.FOLDER);
    deleteIn(copies, name -> name.endsWith(KohyaCopy.ENDING));
    deleteIfEmpty(copies);
    Path pictures = new Path(run, OutputContents.PICTURES);
    for (FileStatus step : OutputContents.list(files, pictures)) {
      if (PICTURES_OF_STEP.matcher(step.getPath().getName()).matches()) {
        deleteIn(step.getPath(), PICTURE.asMatchPredicate());
        deleteIfEmpty(step.getPath());
      }
    }
    deleteIfEmpty(pictures);
  }

  private void deleteLogs(Path logs) throws IOException {
    deleteIn(logs, name -> name.equals("mlflow-run.txt"));
    Path wandb = new Path(logs, "wandb");
    for (FileStatus run : OutputContents.list(files, wandb)) {
      if (WANDB_RUN.matcher(run.getPath().getName()).matches()) {
        files.delete(run.getPath(), true);
      }
    }
    deleteIn(wandb, name -> name.equals("offline-run.txt"));
    deleteIfEmpty(wandb);
    for (FileStatus project : OutputContents.list(files, logs)) {
      if (project.isDirectory()) {
        deleteIn(project.getPath(), EVENTS.asMatchPredicate());
        deleteIfEmpty(project.getPath());
      }
    }
    deleteIfEmpty(logs);
  }

  private List<Path> checkpoints(Path run) throws IOException {
    return OutputContents.list(files, run).stream()
        .map(FileStatus::getPath)
        .filter(path -> Checkpoints.isFolder(path.getName()))
        .toList();
  }

  private void deleteIn(Path place, Predicate<String> isOurs) throws IOException {
    for (FileStatus file : OutputContents.list(files, place)) {
      String name = file.getPath().getName();
      if (file.isFile() && (isOurs.test(name) || PartFiles.isOne(name))) {
        files.delete(file.getPath(), false);
      }
    }
  }

  private void deleteIfEmpty(Path place) throws IOException {
    boolean isThere = files.exists(place) && files.getFileStatus(place).isDirectory();
    if (isThere && OutputContents.list(files, place).isEmpty()) {
      files.delete(place, true); // recursive, as a local folder may hold hidden checksums
    }
  }
}
