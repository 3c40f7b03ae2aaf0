package org.sparklora.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/**
 * What a finished latent cache holds. It is written last, so a folder without one is not a cache.
 *
 * @param key hash of the data set and of all that decides its latents
 * @param samples number of samples
 * @param badImages number of rows left out
 * @param firstBadImages the first few of them
 * @param files in ascending order of their ids
 */
public record CacheManifest(
    @JsonProperty("key") String key,
    @JsonProperty("samples") long samples,
    @JsonProperty("bad_images") long badImages,
    @JsonProperty("first_bad_images") List<BadImage> firstBadImages,
    @JsonProperty("files") List<CacheFile> files) {
  private static final String NAME = "manifest.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  public CacheManifest {
    firstBadImages = List.copyOf(firstBadImages);
    files = files.stream().sorted(Comparator.comparingLong(CacheFile::firstId)).toList();
  }

  /**
   * Reads a cache's manifest; empty when the folder holds no finished cache.
   *
   * @throws InvalidInputException when it is there and cannot be read
   */
  public static Optional<CacheManifest> read(String location, Configuration configuration) {
    Path path = new Path(location, NAME);
    try (InputStream in = path.getFileSystem(configuration).open(path)) {
      return Optional.of(JSON.readValue(in, CacheManifest.class));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Cannot read latent cache: %s: %s; delete its folder to make it anew"
              .formatted(path, e.getMessage()),
          e);
    }
  }

  /** Writes the manifest; it is whole as soon as it is seen. */
  public void write(String location, Configuration configuration) throws IOException {
    Path path = new Path(location, NAME);
    Path unfinished = new Path(location, "_" + NAME);
    FileSystem fileSystem = path.getFileSystem(configuration);
    try (OutputStream out = fileSystem.create(unfinished, true)) {
      JSON.writeValue(out, this);
    }
    if (!fileSystem.rename(unfinished, path)) {
      throw new IOException("Cannot rename " + unfinished + " to " + path);
    }
  }
}
