package org.sparklora.cli.training;

import org.sparklora.cli.check.RealNumber;
import org.sparklora.cli.check.WholeNumber;
import org.sparklora.cli.config.Problems;
import org.sparklora.data.caption.CaptionConfig;
import picocli.CommandLine.Option;

/** What becomes of captions each time they are trained on. */
public final class CaptionOptions {
  @Option(
      names = "--shuffle_caption",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Put a caption's tags in another order each epoch.")
  private boolean shuffleCaption;

  @Option(
      names = "--keep_tokens",
      paramLabel = "N",
      description =
          "Tags at the beginning that neither move nor are left out (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 0, max = 1000)
  private int keepTokens;

  @Option(
      names = "--keep_tokens_separator",
      paramLabel = "TEXT",
      description = "Mark in captions: what stands before it, and after a second, is kept.")
  private String keepTokensSeparator = "";

  @Option(
      names = "--caption_separator",
      paramLabel = "TEXT",
      description = "What stands between tags (default: ${DEFAULT-VALUE}).")
  private String captionSeparator = ",";

  @Option(
      names = "--caption_tag_dropout_rate",
      paramLabel = "P",
      description = "Leave out so many of the tags (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1)
  private double captionTagDropoutRate;

  @Option(
      names = "--caption_prefix",
      paramLabel = "TEXT",
      description = "Words before every caption.")
  private String captionPrefix = "";

  @Option(
      names = "--caption_suffix",
      paramLabel = "TEXT",
      description = "Words after every caption.")
  private String captionSuffix = "";

  public CaptionConfig config(Problems problems) {
    boolean moves = shuffleCaption || captionTagDropoutRate > 0;
    problems.require(
        keepTokens == 0 || moves,
        "--keep_tokens",
        keepTokens,
        "it goes with --shuffle_caption or --caption_tag_dropout_rate");
    problems.require(
        keepTokensSeparator.isEmpty() || moves,
        "--keep_tokens_separator",
        keepTokensSeparator,
        "it goes with --shuffle_caption or --caption_tag_dropout_rate");
    problems.require(
        !captionSeparator.isEmpty(), "--caption_separator", "", "it must not be empty");
    return new CaptionConfig(
        shuffleCaption,
        keepTokens,
        captionSeparator,
        keepTokensSeparator,
        captionTagDropoutRate,
        captionPrefix,
        captionSuffix);
  }
}
