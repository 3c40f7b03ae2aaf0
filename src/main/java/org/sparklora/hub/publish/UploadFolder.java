package org.sparklora.hub.publish;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.hub.HubRepo;

/**
 * The files of a run's folder that are published: all except checkpoints, latents and names that
 * begin with {@code .} or {@code _}.
 */
final class UploadFolder {
  static final String CARD = "README.md";
  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "[._].*|(checkpoint-|step_|epoch_|latents|trial-\\d).*|(report|tune)(\\.html)?|tune\\.json");

  /** The calls in the card's lines of Python that load from a folder. */
  private static final Pattern LOADING =
      Pattern.compile(
          "(pipeline\\.load_(?:lora_weights|textual_inversion)\\()\"(?:[^\"\\\\]|\\\\.)*\"");

  private final FileSystem files;
  private final HubRepo repo;

  private UploadFolder(FileSystem files, HubRepo repo) {
    this.files = files;
    this.repo = repo;
  }

  /**
   * The files to publish, sorted.
   *
   * @param repo id of the repository, for the card
   * @throws java.io.FileNotFoundException when there is no such folder
   */
  static List<UploadFile> files(String location, HubRepo repo, Configuration hadoop)
      throws IOException {
    Path root = new Path(location);
    FileSystem files = root.getFileSystem(hadoop);
    FileSystem plain = files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
    List<UploadFile> found = new ArrayList<>();
    new UploadFolder(plain, repo).collect(root, "", found);
    found.sort(Comparator.comparing(UploadFile::path));
    return found;
  }

  private void collect(Path folder, String prefix, List<UploadFile> found) throws IOException {
    for (FileStatus child : files.listStatus(folder)) {
      String name = child.getPath().getName();
      if (LEFT_OUT.matcher(name).matches()) {
        continue;
      }
      String path = prefix + name;
      if (child.isDirectory()) {
        collect(child.getPath(), path + "/", found);
      } else if (path.equals(CARD)) {
        found.add(
            UploadFile.of(path, card(UploadFile.of(path, files, child).content(), repo.id())));
      } else {
        found.add(UploadFile.of(path, files, child));
      }
    }
  }

  /**
   * Adapts the card for the hub. A base model that is not on the hub is left out, and the adapter
   * is loaded from its repository.
   */
  static byte[] card(byte[] content, String id) {
    List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
    StringBuilder text = new StringBuilder();
    int fences = 0;
    for (String line : lines) {
      fences += line.equals("---") ? 1 : 0;
      boolean base = fences == 1 && line.startsWith("base_model:");
      String name = line.replaceFirst("^base_model:", "").strip().replaceAll("^[\"']|[\"']$", "");
      if (!base || name.isEmpty() || HubRepo.isId(name)) {
        text.append(LOADING.matcher(line).replaceFirst("$1\"" + id + "\"")).append('\n');
      }
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
