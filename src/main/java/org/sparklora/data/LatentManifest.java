package org.sparklora.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/**
 * What a latent cache holds. Written last: a cache without it is not complete and is not read.
 *
 * @param key hash of the data, the model and the configuration it was made from
 * @param files the files in the order of their samples
 * @param badImages the pictures that were left out
 */
public record LatentManifest(String key, List<File> files, List<BadImage> badImages) {
  static final String NAME = "manifest.json";
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A file of the cache and how many samples it has. */
  public record File(String name, long samples) implements java.io.Serializable {}

  /** A picture that could not be decoded. */
  public record BadImage(String file, long row, String reason) implements java.io.Serializable {
    @Override
    public String toString() {
      return file + ", row " + row + ": " + reason;
    }
  }

  public LatentManifest {
    files = List.copyOf(files);
    badImages = List.copyOf(badImages);
  }

  /** Number of samples in all files. */
  public long samples() {
    return files.stream().mapToLong(File::samples).sum();
  }

  /** The manifest of a complete cache, or empty where there is none. */
  public static Optional<LatentManifest> read(Path folder, Configuration hadoop)
      throws IOException {
    Path path = new Path(folder, NAME);
    FileSystem files = path.getFileSystem(hadoop);
    if (!files.exists(path)) {
      return Optional.empty();
    }
    JsonNode json;
    try (InputStream in = files.open(path)) {
      json = JSON.readTree(in);
    }
    if (json.path("format").asInt() != FORMAT) {
      throw InvalidInputException.data(
          "Unsupported latent cache "
              + folder
              + ": its format is "
              + json.path("format")
              + " and this version reads "
              + FORMAT
              + "; remove the folder to encode again");
    }
    List<File> listed = new ArrayList<>();
    json.path("files")
        .forEach(f -> listed.add(new File(f.path("name").asText(), f.path("samples").asLong())));
    List<BadImage> bad = new ArrayList<>();
    json.path("bad_images")
        .forEach(
            b ->
                bad.add(
                    new BadImage(
                        b.path("file").asText(),
                        b.path("row").asLong(),
                        b.path("reason").asText())));
    return Optional.of(new LatentManifest(json.path("key").asText(), listed, bad));
  }

  /** Writes the manifest and thereby completes the cache. */
  public void write(Path folder, Configuration hadoop) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT).put("key", key).put("samples", samples());
    ArrayNode listed = json.putArray("files");
    files.forEach(f -> listed.addObject().put("name", f.name()).put("samples", f.samples()));
    ArrayNode bad = json.putArray("bad_images");
    badImages.forEach(
        b -> bad.addObject().put("file", b.file()).put("row", b.row()).put("reason", b.reason()));
    Path path = new Path(folder, NAME);
    try (OutputStream out = path.getFileSystem(hadoop).create(path, true)) {
      out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    }
  }
}
