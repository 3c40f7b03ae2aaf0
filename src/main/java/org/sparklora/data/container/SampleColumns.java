package org.sparklora.data.container;

import java.util.Locale;
import java.util.Optional;

/**
 * What is read of each sample.
 *
 * @param image {@code --image_column}: a column of Arrow, or the ending of a tar's pictures
 * @param caption {@code --caption_column}: a column, an ending, or a key of a tar's JSON files;
 *     empty if captions are not read
 * @param extension {@code --caption_extension}, the ending of a tar's captions; empty for none
 */
public record SampleColumns(String image, Optional<String> caption, String extension) {
  /** The column of pictures that is not named by a flag: any picture of a sample. */
  private static final String ANY_PICTURE = "image";

  /** The column of captions that is not named by a flag. */
  private static final String USUAL_CAPTION = "text";

  /** The ending of the pictures; empty if every picture counts. */
  Optional<String> pictureEnding() {
    return image.equals(ANY_PICTURE) ? Optional.empty() : Optional.of(lower(image));
  }

  /** The ending of the caption files, if a flag names it. */
  Optional<String> captionEnding() {
    if (!extension.isEmpty()) {
      return Optional.of(lower(extension.replaceFirst("^\\.", "")));
    }
    return caption.filter(name -> !name.equals(USUAL_CAPTION)).map(SampleColumns::lower);
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
