package org.sparklora.cli.option;

import org.sparklora.cli.config.Problems;
import org.sparklora.flag.WholeNumber;
import org.sparklora.model.TextLength;
import picocli.CommandLine.Option;

/** How much of captions and prompts is read. */
public final class TextLengthOptions {
  @Option(
      names = "--max_token_length",
      paramLabel = "75|150|225",
      description =
          "Tokens of a caption or prompt that are read (default: ${DEFAULT-VALUE}). Longer ones are"
              + " read in pieces of 75, as in kohya's scripts.")
  @WholeNumber(min = TextLength.PIECE, max = TextLength.MOST)
  private int maxTokenLength = TextLength.PIECE;

  /** The number of pieces. */
  public int pieces(Problems problems) {
    problems.require(
        maxTokenLength % TextLength.PIECE == 0,
        "--max_token_length",
        maxTokenLength,
        "it must be 75, 150 or 225");
    return TextLength.pieces(maxTokenLength);
  }
}
