package org.sparklora.data;

import java.util.Optional;
import org.sparklora.flag.Flag;

/**
 * Where a data set has its pictures, captions and masks.
 *
 * @param caption of Parquet, of Arrow, of metadata files and of tars
 * @param extension of text files beside pictures, in folders and in tars; empty for either of
 *     kohya's
 * @param prompt every picture's caption; no others are read then
 * @param masks {@code --conditioning_data_dir}, a folder with a mask for each picture; empty for
 *     none
 */
public record ColumnConfig(
    @Flag(
            names = "--image_column",
            label = "NAME",
            help =
                "Column of the pictures in Parquet and Arrow, or their ending in tars (default:"
                    + " ${DEFAULT-VALUE}).")
        String image,
    @Flag(
            names = "--caption_column",
            label = "NAME",
            help =
                "Column of the captions in Parquet, Arrow, metadata.jsonl or metadata.csv, or their"
                    + " ending or JSON key in tars (default: ${DEFAULT-VALUE}).")
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
        Optional<String> prompt,
    String masks) {
  /** The names that Hugging Face's data sets have. */
  public static final ColumnConfig USUAL =
      new ColumnConfig("image", "text", "", Optional.empty(), "");

  public ColumnConfig {
    extension = extension.isEmpty() || extension.startsWith(".") ? extension : "." + extension;
  }

  /** The same with a folder of masks. */
  public ColumnConfig masked(String folder) {
    return new ColumnConfig(image, caption, extension, prompt, folder);
  }

  /** The same with one caption for all pictures, or without. */
  public ColumnConfig with(Optional<String> otherPrompt) {
    return new ColumnConfig(image, caption, extension, otherPrompt, masks);
  }
}
