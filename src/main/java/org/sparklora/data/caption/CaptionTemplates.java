package org.sparklora.data.caption;

import java.util.List;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * {@code --learnable_property}: sentences that a caption, such as a new token, is put into. The
 * sentences for objects and styles are those of Gal et al. 2022 (arXiv 2208.01618), as in
 * diffusers' textual inversion.
 */
public enum CaptionTemplates {
  /** A caption as it is. */
  CAPTION("{}"),
  /** Sentences about the thing in the pictures. */
  OBJECT(
      "a photo of a {}",
      "a rendering of a {}",
      "a cropped photo of the {}",
      "the photo of a {}",
      "a photo of a clean {}",
      "a photo of a dirty {}",
      "a dark photo of the {}",
      "a photo of my {}",
      "a photo of the cool {}",
      "a close-up photo of a {}",
      "a bright photo of the {}",
      "a cropped photo of a {}",
      "a photo of the {}",
      "a good photo of the {}",
      "a photo of one {}",
      "a close-up photo of the {}",
      "a rendition of the {}",
      "a photo of the clean {}",
      "a rendition of a {}",
      "a photo of a nice {}",
      "a good photo of a {}",
      "a photo of the nice {}",
      "a photo of the small {}",
      "a photo of the weird {}",
      "a photo of the large {}",
      "a photo of a cool {}",
      "a photo of a small {}"),
  /** Sentences about the style of the pictures. */
  STYLE(
      "a painting in the style of {}",
      "a rendering in the style of {}",
      "a cropped painting in the style of {}",
      "the painting in the style of {}",
      "a clean painting in the style of {}",
      "a dirty painting in the style of {}",
      "a dark painting in the style of {}",
      "a picture in the style of {}",
      "a cool painting in the style of {}",
      "a close-up painting in the style of {}",
      "a bright painting in the style of {}",
      "a cropped painting in the style of {}",
      "a good painting in the style of {}",
      "a close-up painting in the style of {}",
      "a rendition in the style of {}",
      "a nice painting in the style of {}",
      "a small painting in the style of {}",
      "a weird painting in the style of {}",
      "a large painting in the style of {}");

  private static final String PLACE = "{}";

  @SuppressWarnings("ImmutableEnumChecker") // List.of cannot be changed
  private final List<String> texts;

  CaptionTemplates(String... texts) {
    this.texts = List.of(texts);
  }

  /** The templates, with {@code {}} where the caption goes. */
  List<String> texts() {
    return texts;
  }

  /**
   * The caption of a sample in an epoch.
   *
   * @param words that are put into a template
   * @param sample its id
   */
  String caption(String words, long seed, long epoch, long sample) {
    if (this == CAPTION) {
      return words;
    }
    KeyedRandom random = KeyedRandom.of(seed, Purpose.CAPTION_TEMPLATE, epoch, sample);
    return texts.get((int) random.below(texts.size())).replace(PLACE, words);
  }
}
