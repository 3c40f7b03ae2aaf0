package org.sparklora.cli.dataset;

import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.TextLengthOptions;
import org.sparklora.data.caption.CaptionConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** Changes of captions each time they are trained on. */
public final class CaptionOptions {
  private final RecordFlags<CaptionConfig> flags = new RecordFlags<>(CaptionConfig.AS_IS);
  @Mixin final CommandSpec options = flags.options();

  @Mixin private TextLengthOptions length = new TextLengthOptions();

  /** {@code --max_token_length}: how many pieces of a caption are read. */
  public int pieces(Problems problems) {
    return length.pieces(problems);
  }

  public CaptionConfig config(Problems problems) {
    CaptionConfig captions = flags.value(problems);
    boolean moves = captions.shuffle() || captions.tagDropoutRate() > 0;
    problems.require(
        captions.keepTokens() == 0 || moves,
        "--keep_tokens",
        captions.keepTokens(),
        "it goes with --shuffle_caption or --caption_tag_dropout_rate");
    problems.require(
        captions.keepTokensSeparator().isEmpty() || moves,
        "--keep_tokens_separator",
        captions.keepTokensSeparator(),
        "it goes with --shuffle_caption or --caption_tag_dropout_rate");
    problems.require(
        !captions.separator().isEmpty(), "--caption_separator", "", "it must not be empty");
    return captions;
  }
}
