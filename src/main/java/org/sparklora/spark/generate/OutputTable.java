package org.sparklora.spark.generate;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.util.InvalidInputException;

/** Checks the folder of the table of pictures before it is written. */
final class OutputTable {
  private OutputTable() {}

  /**
   * Checks that no other files would be lost.
   *
   * @throws InvalidInputException (CONFIGURATION) when the folder holds something and {@code
   *     --overwrite} is not given, when it is not a table, or when the job reads from it
   */
  static void check(GenerationJobConfig config, Configuration hadoop) {
    Path output = new Path(config.outputDir());
    try {
      FileSystem files = output.getFileSystem(hadoop);
      String table = qualified(files, config.outputDir());
      for (String place : config.prompts().place().stream().toList()) {
        String prompts = qualified(files, place);
        // Pictures in the folder of prompts would be read as prompts.
        requireApart(config, "prompts are", prompts.startsWith(table) || table.startsWith(prompts));
      }
      for (WeightedAdapter adapter : config.generation().adapters().adapters()) {
        boolean inside = qualified(files, adapter.location()).startsWith(table);
        requireApart(config, "adapter " + adapter.name() + " is", inside);
      }
      for (ModelConfig base : config.generation().base().stream().toList()) {
        boolean inside = qualified(files, base.location()).startsWith(table);
        requireApart(config, "base model is", inside);
      }
      if (config.overwrite()) {
        requireTable(config, output, files);
      } else if (files.listStatus(output).length > 0) {
        throw InvalidInputException.configuration(
            "Invalid --output_dir: "
                + config.outputDir()
                + "; there is something already, choose another folder or pass --overwrite");
      }
    } catch (FileNotFoundException e) {
      // There is nothing yet.
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidInputException.configuration(
          "Cannot write to --output_dir: " + config.outputDir() + ": " + e.getMessage());
    }
  }

  private static String qualified(FileSystem files, String location) {
    return new Path(location).makeQualified(files.getUri(), files.getWorkingDirectory()) + "/";
  }

  private static void requireApart(GenerationJobConfig config, String what, boolean shared) {
    if (shared) {
      throw InvalidInputException.configuration(
          "Invalid --output_dir: "
              + config.outputDir()
              + "; the "
              + what
              + " read from there, choose another folder");
    }
  }

  /**
   * Refuses to replace anything but a table, which is recognised by Spark's file names: a mistyped
   * folder must not cost other files.
   */
  private static void requireTable(GenerationJobConfig config, Path output, FileSystem files)
      throws IOException {
    for (FileStatus file : files.listStatus(output)) {
      String name = file.getPath().getName();
      if (!name.startsWith("_") && !name.startsWith(".") && !name.startsWith("part-")) {
        throw InvalidInputException.configuration(
            "Invalid --output_dir: "
                + config.outputDir()
                + "; it is no table of pictures, it holds "
                + name
                + "; --overwrite replaces nothing else, choose another folder");
      }
    }
  }
}
