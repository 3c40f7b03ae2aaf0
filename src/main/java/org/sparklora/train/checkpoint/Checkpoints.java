package org.sparklora.train.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.store.Fence;
import org.sparklora.store.FileContent;
import org.sparklora.store.StoreFile;
import org.sparklora.train.step.OptimizerState;
import org.sparklora.util.InvalidInputException;

/**
 * The checkpoints under an output folder, on any file system Hadoop knows: {@code checkpoint-STEP},
 * as diffusers names them, each complete once its manifest is there.
 */
public final class Checkpoints {
  /** {@code --resume_from_checkpoint latest}. */
  public static final String LATEST = "latest";

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  /** Name of the manifest, without which a checkpoint is not complete. */
  public static final String MANIFEST = CheckpointManifest.NAME;

  /** Name of the file of the optimizer's state. */
  public static final String STATE = OptimizerStateFile.NAME;

  private static final Pattern FOLDER = Pattern.compile("checkpoint-(\\d{1,18})");

  private final Configuration hadoop;
  private final Path outputDir;
  private final FileSystem fileSystem;
  private final Fence fence;

  /**
   * Checkpoints of a folder that no other run writes to.
   *
   * @param outputDir {@code --output_dir}; need not exist yet
   */
  public Checkpoints(Configuration hadoop, Path outputDir) throws IOException {
    this(hadoop, outputDir, Fence.NONE);
  }

  /**
   * Checkpoints of a folder that another run may take over.
   *
   * @param outputDir {@code --output_dir}; need not exist yet
   * @param fence asked before anything is written or deleted
   */
  public Checkpoints(Configuration hadoop, Path outputDir, Fence fence) throws IOException {
    this.hadoop = hadoop;
    this.outputDir = outputDir;
    this.fileSystem = StoreFile.of(outputDir, hadoop).fileSystem();
    this.fence = fence;
  }

  /**
   * Writes a checkpoint. One of the same step is replaced. The manifest is written last, and only
   * if there is none, so a folder with a manifest always has the files that it names.
   *
   * @param configuration settings that a resumed run must share, by flag
   * @param others further files by name, such as the adapter in a format that other tools read
   * @return its folder
   * @throws InvalidInputException when someone else has written this checkpoint meanwhile
   */
  public Path save(
      OptimizerState state, Map<String, String> configuration, Map<String, FileContent> others)
      throws IOException {
    Path folder = new Path(outputDir, "checkpoint-" + state.step());
    Map<String, FileContent> contents = new TreeMap<>(others);
    contents.put(OptimizerStateFile.NAME, out -> OptimizerStateFile.write(state, out));
    Map<String, CheckpointManifest.Entry> files = new TreeMap<>();
    for (Map.Entry<String, FileContent> content : contents.entrySet()) {
      files.put(content.getKey(), CheckpointFile.entry(content.getValue()));
    }
    byte[] json =
        new CheckpointManifest(CheckpointManifest.VERSION, state.step(), configuration, files)
            .toJson();

    fence.requireHeld();
    StoreFile manifest = file(folder, CheckpointManifest.NAME);
    boolean same = manifest.read().filter(there -> Arrays.equals(there, json)).isPresent();
    if (!same) {
      // From here on the old checkpoint has no manifest and is ignored, so files of two
      // checkpoints are never mixed.
      fileSystem.delete(manifest.path(), false);
    }
    for (Map.Entry<String, FileContent> content : contents.entrySet()) {
      file(folder, content.getKey()).replace(content.getValue(), fence);
    }
    fence.requireHeld();
    if (!same && !manifest.createIfAbsent(json)) {
      fence.requireHeld();
      throw InvalidInputException.data(
          "Cannot write "
              + manifest.path()
              + ": another run writes here too; give each its --output_dir.");
    }
    return folder;
  }

  /** Whether a folder of this name is a checkpoint's. */
  public static boolean isFolder(String name) {
    return FOLDER.matcher(name).matches();
  }

  /** The step of a checkpoint's folder. */
  public static long step(String folder) {
    Matcher name = FOLDER.matcher(folder);
    if (!name.matches()) {
      throw new IllegalArgumentException("not a checkpoint's folder: " + folder);
    }
    return Long.parseLong(name.group(1));
  }

  /** Folders of complete checkpoints, oldest step first; incomplete ones are named in the log. */
  public List<Path> list() throws IOException {
    List<Path> complete = new ArrayList<>();
    for (Path folder : folders()) {
      if (isComplete(folder)) {
        complete.add(folder);
      }
    }
    return complete;
  }

  /**
   * Finds the checkpoint that {@code --resume_from_checkpoint} asks for. {@value #LATEST} is the
   * newest one whose files match its manifest. The log names newer checkpoints that are damaged.
   *
   * @param wanted {@value #LATEST}, the name of a folder under the output folder, or a path
   * @return empty for {@value #LATEST} if there is no checkpoint yet
   * @throws InvalidInputException if a checkpoint asked for is missing, corrupt or too new; for
   *     {@value #LATEST} if the newest is too new, or every one is corrupt
   */
  public Optional<Checkpoint> resume(String wanted) throws IOException {
    if (!wanted.equals(LATEST)) {
      boolean inOutputDir = isFolder(wanted);
      return Optional.of(load(inOutputDir ? new Path(outputDir, wanted) : new Path(wanted)));
    }
    List<String> corrupt = new ArrayList<>();
    List<Path> folders = folders();
    Collections.reverse(folders);
    for (Path folder : folders) {
      if (isComplete(folder)) {
        CheckpointManifest manifest = requireManifest(folder);
        try {
          return Optional.of(load(folder, manifest));
        } catch (InvalidInputException e) {
          LOG.warn("Passing over {}: {}", folder, e.getMessage());
          corrupt.addAll(e.problems());
        }
      }
    }
    if (!corrupt.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, corrupt);
    }
    return Optional.empty();
  }

  /**
   * Reads a checkpoint and verifies every file of it.
   *
   * @throws InvalidInputException if it is missing, corrupt or too new
   */
  public Checkpoint load(Path folder) throws IOException {
    return load(folder, requireManifest(folder));
  }

  private Checkpoint load(Path folder, CheckpointManifest manifest) throws IOException {
    for (Map.Entry<String, CheckpointManifest.Entry> file : manifest.files().entrySet()) {
      if (!file.getKey().equals(OptimizerStateFile.NAME)) {
        new CheckpointFile(file(folder, file.getKey()))
            .copyTo(OutputStream.nullOutputStream(), file.getValue());
      }
    }
    return new Checkpoint(folder, state(folder, manifest), manifest.configuration());
  }

  /**
   * Deletes the oldest complete checkpoints beyond {@code --checkpoints_total_limit}, and the
   * remains that killed runs have left of older ones. Other folders without a manifest are left
   * alone: they may be another program's.
   */
  public void prune(int limit) throws IOException {
    fence.requireHeld();
    List<Path> complete = list();
    for (Path folder : complete.subList(0, Math.max(0, complete.size() - limit))) {
      LOG.info("Deleting {}: --checkpoints_total_limit is {}", folder, limit);
      delete(folder);
    }
    for (Path folder : folders()) {
      if (complete.isEmpty() || folder.equals(complete.get(complete.size() - 1))) {
        break;
      }
      Path state = new Path(folder, OptimizerStateFile.NAME);
      if (!complete.contains(folder) && fileSystem.exists(state)) {
        LOG.info("Deleting {}: a run was killed while it wrote or deleted it", folder);
        delete(folder);
      }
    }
  }

  /**
   * Deletes a checkpoint. The optimizer's file is deleted last, so that the remains can be
   * distinguished from other programs' folders.
   */
  private void delete(Path folder) throws IOException {
    fileSystem.delete(new Path(folder, CheckpointManifest.NAME), false);
    for (FileStatus file : fileSystem.listStatus(folder)) {
      if (!file.getPath().getName().equals(OptimizerStateFile.NAME)) {
        fileSystem.delete(file.getPath(), true);
      }
    }
    fileSystem.delete(folder, true);
  }

  /** Folders named as checkpoints, oldest step first. */
  private List<Path> folders() throws IOException {
    SortedMap<Long, Path> byStep = new TreeMap<>();
    try {
      for (FileStatus status : fileSystem.listStatus(outputDir)) {
        Matcher name = FOLDER.matcher(status.getPath().getName());
        if (status.isDirectory() && name.matches()) {
          byStep.put(Long.parseLong(name.group(1)), status.getPath());
        }
      }
    } catch (FileNotFoundException e) {
      LOG.debug("There is no {} yet", outputDir);
    }
    return new ArrayList<>(byStep.values());
  }

  private boolean isComplete(Path folder) throws IOException {
    boolean complete = manifest(folder).isPresent();
    if (!complete) {
      LOG.warn("Ignoring {}: it has no complete {}", folder, CheckpointManifest.NAME);
    }
    return complete;
  }

  private Optional<CheckpointManifest> manifest(Path folder) throws IOException {
    StoreFile manifest = file(folder, CheckpointManifest.NAME);
    try {
      return manifest.read().flatMap(CheckpointManifest::parse);
    } catch (IOException e) {
      if (!fileSystem.getUri().getScheme().equals("file")) {
        throw e;
      }
      throw InvalidInputException.data("Cannot read " + manifest.path() + ": " + e.getMessage(), e);
    }
  }

  private CheckpointManifest requireManifest(Path folder) throws IOException {
    CheckpointManifest manifest =
        manifest(folder)
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        "Missing checkpoint: "
                            + folder
                            + " has no complete "
                            + CheckpointManifest.NAME
                            + "; complete ones in --output_dir are found with latest."));
    if (manifest.version() > CheckpointManifest.VERSION) {
      throw InvalidInputException.data(
          "Unsupported checkpoint: "
              + folder
              + " has format version "
              + manifest.version()
              + " and this program reads up to "
              + CheckpointManifest.VERSION
              + "; resume with the version of spark-lora that wrote it.");
    }
    return manifest;
  }

  private OptimizerState state(Path folder, CheckpointManifest manifest) throws IOException {
    CheckpointManifest.Entry entry =
        Optional.ofNullable(manifest.files().get(OptimizerStateFile.NAME))
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        "Invalid checkpoint: "
                            + folder
                            + " has no "
                            + OptimizerStateFile.NAME
                            + " in its manifest."));
    CheckpointFile file = new CheckpointFile(file(folder, OptimizerStateFile.NAME));
    java.nio.file.Path local = Files.createTempFile("optimizer", ".safetensors");
    try {
      try (OutputStream out = Files.newOutputStream(local)) {
        file.copyTo(out, entry);
      }
      try (SafetensorsFile tensors = SafetensorsFile.open(local, file.file().path().toString())) {
        OptimizerState state = OptimizerStateFile.read(tensors);
        requireSameStep(folder, manifest, state);
        return state;
      }
    } finally {
      Files.deleteIfExists(local);
    }
  }

  private static void requireSameStep(
      Path folder, CheckpointManifest manifest, OptimizerState state) {
    if (manifest.step() != state.step()) {
      throw InvalidInputException.data(
          "Invalid checkpoint: "
              + folder
              + " is of step "
              + manifest.step()
              + " in its manifest and of step "
              + state.step()
              + " in "
              + OptimizerStateFile.NAME
              + "; resume from another checkpoint.");
    }
  }

  private StoreFile file(Path folder, String name) throws IOException {
    return StoreFile.of(new Path(folder, name), hadoop);
  }
}
