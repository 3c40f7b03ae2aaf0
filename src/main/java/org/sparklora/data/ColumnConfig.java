package org.sparklora.data;

import java.util.Optional;
import org.sparklora.flag.Flag;

/**
 * Where a data set has its pictures and captions.
 *
 * @param caption of Parquet and of metadata files
 * @param extension of text files beside pictures; empty for either of kohya's
 * @param prompt the caption of every picture, in place of all others
 */
public record ColumnConfig(
    @Flag(
            names = "--image_column",
            label = "NAME",
            help = "Column of the pictures in Parquet (default: ${DEFAULT-VALUE}).")
        String image,
    @Flag(
            names = "--caption_column",
            label = "NAME",
            help =
                "Column of the captions, in Parquet, metadata.jsonl or metadata.csv (default:"
                    + " ${DEFAULT-VALUE}).")
        String caption,
    @Flag(
            names = "--caption_extension",
            label = ".txt|.caption",
            help =
                "Ending of the text files with captions beside the pictures (default: either of"
                    + " these).")
        String extension,
    @Flag(
            names = "--instance_prompt",
            label = "TEXT",
            help = "The caption of every picture. Captions of the data set are then not read.")
        Optional<String> prompt) {
  /** The names that Hugging Face's data sets have. */
  public static final ColumnConfig USUAL = new ColumnConfig("image", "text", "", Optional.empty());

  public ColumnConfig {
    extension = extension.isEmpty() || extension.startsWith(".") ? extension : "." + extension;
  }

  /**
   * Returns the same configuration with one caption for all pictures, or with their own captions.
   */
  public ColumnConfig with(Optional<String> otherPrompt) {
    return new ColumnConfig(image, caption, extension, otherPrompt);
  }
}
