package org.sparklora.cli.option;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.AdapterTarget;
import org.sparklora.cli.target.Location;
import org.sparklora.cli.target.ModelTarget;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.SavePrecision;
import picocli.CommandLine.Option;

/** Options for the format and the location of an adapter or model to write. */
public final class AdapterOutputOptions {
  @Option(
      names = "--format",
      paramLabel = "NAME",
      completionCandidates = FormatNames.class,
      description = "The adapter's format: ${COMPLETION-CANDIDATES}.")
  private String format = "";

  @Option(
      names = "--output_file",
      paramLabel = "FILE",
      description = "The file to write: a path or a URI.")
  private String outputFile = "";

  @Option(
      names = "--output_dir",
      paramLabel = "FOLDER",
      description = "The folder to write to. Files get the names that the format's tools look for.")
  private String outputDir = "";

  @Option(
      names = "--save_precision",
      paramLabel = "fp32|fp16|bf16",
      description = "Type of the adapter's values in the file (default: ${DEFAULT-VALUE}).")
  private String savePrecision = "fp32";

  @Option(names = "--overwrite", description = "Replace existing files.")
  private boolean overwrite;

  /**
   * The format to write.
   *
   * @param byDefault format if none was given; empty if one must be given
   */
  public AdapterFormat format(Problems problems, Optional<AdapterFormat> byDefault) {
    List<String> labels = Arrays.stream(AdapterFormat.values()).map(Enum::toString).toList();
    problems.missing(
        format.isEmpty() && byDefault.isEmpty(), "--format", "one of " + String.join(", ", labels));
    return format.isEmpty()
        ? byDefault.orElse(AdapterFormat.DIFFUSERS)
        : problems.choice(
            "--format", format, labels, AdapterFormat.values(), AdapterFormat.DIFFUSERS);
  }

  /** Whether a format of adapters was given. */
  public boolean hasFormat() {
    return !format.isEmpty();
  }

  /** The place of an adapter. */
  public AdapterTarget adapter(Problems problems, AdapterFormat format) {
    problems.missing(
        outputFile.isEmpty() && outputDir.isEmpty(),
        "--output_file",
        "the file to write, or --output_dir");
    requireOnePlace(problems);
    problems.require(
        outputFile.isEmpty() || !format.isFolder(),
        "--output_file",
        outputFile,
        format + " is a folder of several files; give --output_dir");
    boolean folder = outputFile.isEmpty();
    return new AdapterTarget(
        Location.resolve(folder ? outputDir : outputFile),
        folder,
        format,
        problems.choice(
            "--save_precision", savePrecision, SavePrecision.values(), SavePrecision.FP32),
        overwrite);
  }

  private void requireOnePlace(Problems problems) {
    problems.require(
        outputFile.isEmpty() || outputDir.isEmpty(),
        "--output_file and --output_dir",
        outputFile + " and " + outputDir,
        "give one of them");
  }

  /** The place of a model. */
  public ModelTarget model(Problems problems) {
    problems.missing(
        outputDir.isEmpty() && outputFile.isEmpty(),
        "--output_dir",
        "the folder for the model, or --output_file for one file");
    requireOnePlace(problems);
    problems.require(
        outputFile.isEmpty() || outputFile.endsWith(".safetensors"),
        "--output_file",
        outputFile,
        "a whole model is written as .safetensors");
    problems.unsupported(
        !savePrecision.equals("fp32"),
        "--save_precision",
        "a merged model keeps the base's types; leave it out, or --base");
    problems.unsupported(
        !format.isEmpty(), "--format", "a merged model is no adapter; leave it out, or --base");
    boolean oneFile = !outputFile.isEmpty();
    return new ModelTarget(Location.resolve(oneFile ? outputFile : outputDir), oneFile, overwrite);
  }

  /** The names of formats, for the help. */
  static final class FormatNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(AdapterFormat.values()).map(Enum::toString).iterator();
    }
  }
}
