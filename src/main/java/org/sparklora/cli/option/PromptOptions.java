package org.sparklora.cli.option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.Location;
import org.sparklora.data.TableConfig;
import org.sparklora.flag.WholeNumber;
import org.sparklora.pipeline.request.Repeats;
import org.sparklora.spark.generate.PromptsConfig;
import picocli.CommandLine.Option;

/** The prompts to draw: a few, or a table of them. */
public final class PromptOptions {
  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Draw this prompt in this process, without Spark; repeatable.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--prompts",
      paramLabel = "PATH",
      description =
          "Draw a table of prompts as a Spark job: Parquet or CSV with a column prompt and,"
              + " optionally, id, negative_prompt and seed; or text with one prompt a line.")
  private String table = "";

  @Option(
      names = "--prompts_format",
      paramLabel = "NAME",
      description = {
        "Let Spark read --prompts as a table of this format: delta, iceberg, avro, orc, jdbc or"
            + " another that the session has; table for a table of the catalog, sql for a query.",
        "Default: Parquet, CSV or text files, by their names."
      })
  private String format = "";

  @Option(
      names = "--prompt_column",
      paramLabel = "NAME",
      description = "Column of the prompts in --prompts (default: ${DEFAULT-VALUE}).")
  private String column = "prompt";

  @Option(
      names = "--on_bad_prompt",
      paramLabel = "skip|fail",
      description =
          "What to do when a row of --prompts has no prompt, or a seed that is not a whole number:"
              + " skip or fail (default: ${DEFAULT-VALUE}).")
  private String onBadPrompt = "fail";

  @Option(
      names = "--negative_prompt",
      paramLabel = "TEXT",
      description = "Text that guidance leads away from (default: none).")
  private String negativePrompt = "";

  @Option(
      names = "--num_images_per_prompt",
      paramLabel = "N",
      description = "Pictures of each prompt (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000)
  private int imagesPerPrompt = 1;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description =
          "Picture k of a prompt, from 0, has the seed SEED + k (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = Long.MIN_VALUE, max = Long.MAX_VALUE)
  private long seed;

  /** The prompts of flags; empty if there is a table. */
  public List<String> prompts(Problems problems) {
    problems.missing(
        prompts.isEmpty() && table.isEmpty(),
        "--prompt",
        "the text to draw, or --prompts with a table of them");
    problems.require(
        prompts.isEmpty() || table.isEmpty(),
        "--prompts",
        table,
        "give either --prompt or --prompts");
    problems.require(
        prompts.stream().noneMatch(String::isBlank), "--prompt", "empty", "it must say something");
    return prompts;
  }

  public String negativePrompt() {
    return negativePrompt;
  }

  public Optional<PromptsConfig> table(Problems problems) {
    String bad = onBadPrompt.toLowerCase(Locale.ROOT);
    problems.require(
        bad.equals("skip") || bad.equals("fail"),
        "--on_bad_prompt",
        onBadPrompt,
        "it takes skip or fail");
    problems.missing(column.isBlank(), "--prompt_column", "the column of the prompts");
    problems.unsupported(
        table.isEmpty() && !format.isEmpty(), "--prompts_format", "it goes with --prompts");
    if (table.isEmpty()) {
      return Optional.empty();
    }
    Optional<TableConfig> read =
        Optional.of(format.strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty())
            .map(name -> new TableConfig(name, place(name, table), Map.of(), ""));
    return Optional.of(
        new PromptsConfig(
            read.map(TableConfig::name).orElseGet(() -> Location.resolve(table)),
            read,
            column,
            negativePrompt,
            bad.equals("skip")));
  }

  private static String place(String format, String name) {
    return TableConfig.isNamed(format, name) ? name : Location.resolve(name);
  }

  public Repeats repeats(Problems problems) {
    problems.require(
        seed <= Long.MAX_VALUE - imagesPerPrompt,
        "--seed",
        seed,
        "picture k of a prompt has the seed SEED + k, which must be a 64-bit number");
    return new Repeats(imagesPerPrompt, seed);
  }
}
