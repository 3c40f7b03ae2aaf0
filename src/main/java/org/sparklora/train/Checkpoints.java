package org.sparklora.train;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.InvalidInputException;
import org.sparklora.model.SafetensorsFile;

/**
 * The checkpoints under an output folder, on any file system Hadoop knows: {@code checkpoint-STEP},
 * as diffusers names them, each complete once its manifest is there.
 */
public final class Checkpoints {
  /** {@code --resume_from_checkpoint latest}. */
  public static final String LATEST = "latest";

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  private static final Pattern FOLDER = Pattern.compile("checkpoint-(\\d{1,18})");

  private final Configuration hadoop;
  private final Path outputDir;
  private final FileSystem fileSystem;

  /**
   * @param outputDir {@code --output_dir}; need not exist yet
   */
  public Checkpoints(Configuration hadoop, Path outputDir) throws IOException {
    this.hadoop = hadoop;
    this.outputDir = outputDir;
    this.fileSystem = outputDir.getFileSystem(hadoop);
  }

  /**
   * Writes a checkpoint; one of the same step is replaced.
   *
   * @param configuration what must be the same to go on, by flag
   * @param others further files by name, such as the adapter in a format others read
   * @return its folder
   */
  public Path save(
      OptimizerState state,
      Map<String, String> configuration,
      Map<String, CheckpointContent> others)
      throws IOException {
    Path folder = new Path(outputDir, "checkpoint-" + state.step());
    Path manifest = new Path(folder, CheckpointManifest.NAME);
    // From here on the old one is incomplete and thus ignored, never a mixture of two.
    fileSystem.delete(manifest, false);
    fileSystem.mkdirs(folder);

    Map<String, CheckpointManifest.Entry> files = new TreeMap<>();
    Map<String, CheckpointContent> contents = new TreeMap<>(others);
    contents.put(OptimizerStateFile.NAME, out -> OptimizerStateFile.write(state, out));
    for (Map.Entry<String, CheckpointContent> content : contents.entrySet()) {
      files.put(content.getKey(), file(folder, content.getKey()).write(content.getValue()));
    }
    byte[] json =
        new CheckpointManifest(CheckpointManifest.VERSION, state.step(), configuration, files)
            .toJson();
    try (OutputStream out = fileSystem.create(manifest, false)) {
      out.write(json);
    } catch (FileAlreadyExistsException e) {
      throw InvalidInputException.data(
          "Cannot write " + manifest + ": another run writes here too; give each its --output_dir.",
          e);
    }
    return folder;
  }

  /** Folders of complete checkpoints, oldest step first; incomplete ones are named in the log. */
  public List<Path> list() throws IOException {
    SortedMap<Long, Path> complete = new TreeMap<>();
    for (FileStatus status : entries()) {
      Matcher name = FOLDER.matcher(status.getPath().getName());
      if (!status.isDirectory() || !name.matches()) {
        continue;
      }
      if (manifest(status.getPath()).isPresent()) {
        complete.put(Long.parseLong(name.group(1)), status.getPath());
      } else {
        LOG.warn("Ignoring {}: it has no complete {}", status.getPath(), CheckpointManifest.NAME);
      }
    }
    return new ArrayList<>(complete.values());
  }

  /** The folder of the complete checkpoint with the highest step. */
  public Optional<Path> latest() throws IOException {
    List<Path> complete = list();
    return complete.isEmpty() ? Optional.empty() : Optional.of(complete.get(complete.size() - 1));
  }

  /**
   * Finds what {@code --resume_from_checkpoint} asks for.
   *
   * @param wanted {@value #LATEST}, the name of a folder under the output folder, or a path
   * @return empty for {@value #LATEST} where there is none yet
   * @throws InvalidInputException if a checkpoint asked for is missing, corrupt or too new
   */
  public Optional<Checkpoint> resume(String wanted) throws IOException {
    if (wanted.equals(LATEST)) {
      Optional<Path> latest = latest();
      return latest.isEmpty() ? Optional.empty() : Optional.of(load(latest.get()));
    }
    boolean inOutputDir = FOLDER.matcher(wanted).matches();
    return Optional.of(load(inOutputDir ? new Path(outputDir, wanted) : new Path(wanted)));
  }

  /**
   * Reads a checkpoint and verifies every file of it.
   *
   * @throws InvalidInputException if it is missing, corrupt or too new
   */
  public Checkpoint load(Path folder) throws IOException {
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
    for (Map.Entry<String, CheckpointManifest.Entry> file : manifest.files().entrySet()) {
      if (!file.getKey().equals(OptimizerStateFile.NAME)) {
        file(folder, file.getKey()).copyTo(OutputStream.nullOutputStream(), file.getValue());
      }
    }
    return new Checkpoint(folder, state(folder, manifest), manifest.configuration());
  }

  /**
   * Deletes the oldest complete checkpoints beyond {@code --checkpoints_total_limit}. Folders
   * without a manifest are left alone: they may be another program's.
   */
  public void prune(int limit) throws IOException {
    List<Path> complete = list();
    for (Path folder : complete.subList(0, Math.max(0, complete.size() - limit))) {
      LOG.info("Deleting {}: --checkpoints_total_limit is {}", folder, limit);
      fileSystem.delete(new Path(folder, CheckpointManifest.NAME), false);
      fileSystem.delete(folder, true);
    }
  }

  private FileStatus[] entries() throws IOException {
    try {
      return fileSystem.listStatus(outputDir);
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  private Optional<CheckpointManifest> manifest(Path folder) throws IOException {
    Path path = new Path(folder, CheckpointManifest.NAME);
    try (InputStream in = path.getFileSystem(hadoop).open(path)) {
      return CheckpointManifest.parse(in.readAllBytes());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
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
    CheckpointFile file = file(folder, OptimizerStateFile.NAME);
    java.nio.file.Path local = Files.createTempFile("optimizer", ".safetensors");
    try {
      try (OutputStream out = Files.newOutputStream(local)) {
        file.copyTo(out, entry);
      }
      try (SafetensorsFile tensors = SafetensorsFile.open(local, file.path().toString())) {
        return OptimizerStateFile.read(tensors);
      }
    } finally {
      Files.deleteIfExists(local);
    }
  }

  private CheckpointFile file(Path folder, String name) throws IOException {
    return new CheckpointFile(folder.getFileSystem(hadoop), new Path(folder, name));
  }
}
