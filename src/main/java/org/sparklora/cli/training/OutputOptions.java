package org.sparklora.cli.training;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.target.Location;
import org.sparklora.lora.format.SavePrecision;
import org.sparklora.spark.run.KohyaCopy;
import picocli.CommandLine.Option;

/** The folder of results. */
public final class OutputOptions {
  @Option(
      names = "--output_dir",
      paramLabel = "FOLDER",
      description =
          "Folder for adapter, model card and checkpoints: a path or a URI (default:"
              + " ${DEFAULT-VALUE}).")
  private String outputDir;

  @Option(
      names = "--output_name",
      paramLabel = "NAME",
      description =
          "Write the adapter at the end also as kohya/NAME.safetensors, in kohya's names for the"
              + " web UIs.")
  private String outputName = "";

  @Option(
      names = "--save_precision",
      paramLabel = "fp32|fp16|bf16",
      description = "Type of the values in that file (default: fp32).")
  private String savePrecision = "";

  public OutputOptions(TrainingDefaults defaults) {
    this.outputDir = defaults.outputDir();
  }

  /** The folder's location, whether it has been checked or not. */
  public String location() {
    return Location.resolve(outputDir);
  }

  public String outputDir(Problems problems) {
    problems.missing(outputDir.isBlank(), "--output_dir", "the folder to write to");
    problems.require(
        !outputDir.equals("~") && !outputDir.startsWith("~/"),
        "--output_dir",
        outputDir,
        "~ stands for your home folder in a shell only, and not within quotes; write the whole"
            + " path, or ./~ for a folder of that name");
    problems.require(
        !outputDir.startsWith("file:") || outputDir.startsWith("file:/"),
        "--output_dir",
        outputDir,
        "a file: location has a whole path, as in file:///data/run; leave file: out otherwise");
    return location();
  }

  /** The second file of the adapter. */
  public Optional<KohyaCopy> kohya(Problems problems) {
    problems.require(
        savePrecision.isEmpty() || !outputName.isEmpty(),
        "--save_precision",
        savePrecision,
        "it is of the file that --output_name names; the run's own adapter is fp32");
    problems.require(
        outputName.matches("[\\p{L}\\p{N}_.() -]*") && !outputName.startsWith("."),
        "--output_name",
        outputName,
        "it must be the name of a file, of letters, digits, blanks and _.()-");
    SavePrecision precision =
        savePrecision.isEmpty()
            ? SavePrecision.FP32
            : problems.choice(
                "--save_precision", savePrecision, SavePrecision.values(), SavePrecision.FP32);
    return outputName.isEmpty()
        ? Optional.empty()
        : Optional.of(new KohyaCopy(outputName, precision));
  }
}
