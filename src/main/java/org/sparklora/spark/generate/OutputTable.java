package org.sparklora.spark.generate;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;
import org.sparklora.pipeline.WeightedAdapter;

/** The folder that the table of pictures is written to, before it is. */
final class OutputTable {
  private OutputTable() {}

  /**
   * Checks that nothing is lost.
   *
   * @throws InvalidInputException (CONFIGURATION) when the folder holds something that was not said
   *     to be overwritten, or is no table, or what is read
   */
  static void check(GenerationJobConfig config, Configuration hadoop) {
    Path output = new Path(config.outputDir());
    try {
      FileSystem files = output.getFileSystem(hadoop);
      requireApart(config, output, config.prompts().location(), "prompts are", files);
      for (WeightedAdapter adapter : config.generation().adapters().adapters()) {
        requireApart(config, output, adapter.location(), "adapter " + adapter.name() + " is", files);
      }
      if (config.generation().base().isPresent()) {
        requireApart(
            config, output, config.generation().base().get().location(), "base model is", files);
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

  /** Neither in the output nor around it: what is there may be removed, and grows. */
  private static void requireApart(
      GenerationJobConfig config, Path output, String input, String what, FileSystem files) {
    String read = new Path(input).makeQualified(files.getUri(), files.getWorkingDirectory()) + "/";
    String table = files.makeQualified(output) + "/";
    if (read.startsWith(table) || table.startsWith(read)) {
      throw InvalidInputException.configuration(
          "Invalid --output_dir: "
              + config.outputDir()
              + "; the "
              + what
              + " read from there, choose another folder");
    }
  }

  /** Only a table is replaced, as Spark names its files: a slip of the pen must not cost a home. */
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
