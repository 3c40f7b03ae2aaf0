package org.sparklora.spark.run;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.OutputLease;
import org.sparklora.store.StoreFile;

/**
 * The recipe of the run that an output folder belongs to. The file is there from the first step on,
 * so that no later run resumes with another recipe, even if there is no checkpoint yet.
 */
public final class RecipeFile {
  static final String NAME = "report/recipe.json";

  private RecipeFile() {}

  /** Reads the recipe in a folder; empty if there is none, or only a part of one. */
  static Optional<Map<String, String>> read(Path folder, Configuration hadoop) throws IOException {
    Optional<byte[]> json = StoreFile.of(new Path(folder, NAME), hadoop).read();
    try {
      return json.isEmpty()
          ? Optional.empty()
          : Optional.of(JSON.readValue(json.get(), new TypeReference<>() {}));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Writes the recipe if it is not there yet. */
  public static void write(
      Path folder, Map<String, String> recipe, Configuration hadoop, OutputLease lease)
      throws IOException {
    byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(new TreeMap<>(recipe));
    StoreFile file = StoreFile.of(new Path(folder, NAME), hadoop);
    if (file.read().filter(there -> Arrays.equals(there, json)).isEmpty()) {
      lease.requireHeld();
      file.replace(out -> out.write(json));
    }
  }
}
