package org.sparklora.spark.run;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.StoreFile;

/**
 * The last file a subject's training writes: that its adapter is whole, and what it was made with.
 *
 * @param subject its name
 * @param steps it was trained for
 * @param recipe it was trained by
 */
public record FinishedSubject(
    @JsonProperty("subject") String subject,
    @JsonProperty("steps") long steps,
    @JsonProperty("recipe") Map<String, String> recipe) {
  static final String NAME = "subject.json";

  public FinishedSubject {
    recipe = new TreeMap<>(recipe);
  }

  /** What is in a subject's folder; empty where it has not been finished. */
  public static Optional<FinishedSubject> read(Path folder, Configuration hadoop)
      throws IOException {
    Optional<byte[]> json = StoreFile.of(new Path(folder, NAME), hadoop).read();
    return json.isEmpty()
        ? Optional.empty()
        : Optional.of(JSON.readValue(json.get(), FinishedSubject.class));
  }

  /** Makes a subject's folder one that is not finished. */
  public static void delete(Path folder, Configuration hadoop) throws IOException {
    Path file = new Path(folder, NAME);
    file.getFileSystem(hadoop).delete(file, false);
  }

  public void write(Path folder, Configuration hadoop) throws IOException {
    byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    StoreFile.of(new Path(folder, NAME), hadoop).replace(out -> out.write(json));
  }
}
