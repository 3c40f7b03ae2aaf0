package org.sparklora.data;

import java.util.List;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * {@code --learnable_property}: captions for pictures of a new thing or in a new style, those of
 * Gal et al. 2022 (arXiv 2208.01618, appendix B), as diffusers' textual inversion has them.
 */
public enum CaptionTemplates {
  /** What is in the pictures. */
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
  /** What the pictures look like. */
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

  private final List<String> texts;

  CaptionTemplates(String... texts) {
    this.texts = List.of(texts);
  }

  /** The templates, with {@code {}} where the token goes. */
  public List<String> texts() {
    return texts;
  }

  /**
   * The caption of a sample in an epoch.
   *
   * @param token what is learned
   * @param sample its id
   */
  public String caption(String token, long seed, long epoch, long sample) {
    KeyedRandom random = KeyedRandom.of(seed, Purpose.CAPTION_TEMPLATE, epoch, sample);
    return texts.get((int) random.below(texts.size())).replace(PLACE, token);
  }
}
