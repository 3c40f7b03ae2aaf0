package org.sparklora.spark.generate;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/** The folder that the table of pictures is written to, before it is. */
final class OutputTable {
  private OutputTable() {}

  /**
   * Checks that nothing is lost.
   *
   * @throws InvalidInputException (CONFIGURATION) when the folder holds something that was not said
   *     to be overwritten, or the prompts
   */
  static void check(GenerationJobConfig config, Configuration hadoop) {
    Path output = new Path(config.outputDir());
    try {
      FileSystem files = output.getFileSystem(hadoop);
      String prompts = files.makeQualified(new Path(config.prompts().location())) + "/";
      String table = files.makeQualified(output) + "/";
      if (prompts.startsWith(table) || table.startsWith(prompts)) {
        throw InvalidInputException.configuration(
            "Invalid --output_dir: "
                + config.outputDir()
                + "; the prompts are read from there, choose another folder");
      }
      if (!config.overwrite() && files.listStatus(output).length > 0) {
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
}
