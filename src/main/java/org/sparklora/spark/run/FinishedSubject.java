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
 * The last file that a subject's training writes. It marks the adapter as complete and holds the
 * recipe of its training.
 *
 * @param subject its name
 * @param steps number of steps that it was trained
 * @param recipe with which it was trained
 */
public record FinishedSubject(
    @JsonProperty("subject") String subject,
    @JsonProperty("steps") long steps,
    @JsonProperty("recipe") Map<String, String> recipe) {
  static final String NAME = "subject.json";

  public FinishedSubject {
    recipe = new TreeMap<>(recipe);
  }

  /** Reads the file in a subject's folder; empty if the subject is not finished. */
  public static Optional<FinishedSubject> read(Path folder, Configuration hadoop)
      throws IOException {
    Optional<byte[]> json = StoreFile.of(new Path(folder, NAME), hadoop).read();
    return json.isEmpty()
        ? Optional.empty()
        : Optional.of(JSON.readValue(json.get(), FinishedSubject.class));
  }

  /** Deletes the file, so that the subject is not finished any more. */
  public static void delete(Path folder, Configuration hadoop) throws IOException {
    Path file = new Path(folder, NAME);
    file.getFileSystem(hadoop).delete(file, false);
  }

  public void write(Path folder, Configuration hadoop) throws IOException {
    byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    StoreFile.of(new Path(folder, NAME), hadoop).replace(out -> out.write(json));
  }
}
