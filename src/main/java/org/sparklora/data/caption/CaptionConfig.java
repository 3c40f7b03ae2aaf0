package org.sparklora.data.caption;

import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What becomes of a caption each time it is trained on; most names are those of kohya's sd-scripts.
 *
 * @param shuffle {@code --shuffle_caption}: its tags in another order each epoch
 * @param keepTokens {@code --keep_tokens}: so many tags at first stay where they are
 * @param separator {@code --caption_separator}, between tags
 * @param keepTokensSeparator {@code --keep_tokens_separator}: what stands before it, and after a
 *     second one, stays where it is; empty for none
 * @param tagDropoutRate {@code --caption_tag_dropout_rate}: how often a tag that may move is left
 *     out
 * @param prefix {@code --caption_prefix}, before every caption
 * @param suffix {@code --caption_suffix}, after every caption
 * @param templates {@code --learnable_property}: what it is put into first
 */
public record CaptionConfig(
    boolean shuffle,
    int keepTokens,
    String separator,
    String keepTokensSeparator,
    double tagDropoutRate,
    String prefix,
    String suffix,
    CaptionTemplates templates)
    implements Serializable {
  /** Captions as they stand in the data set. */
  public static final CaptionConfig AS_IS = new CaptionConfig(false, 0, ",", "", 0, "", "");

  /** Captions that go into no template. */
  public CaptionConfig(
      boolean shuffle,
      int keepTokens,
      String separator,
      String keepTokensSeparator,
      double tagDropoutRate,
      String prefix,
      String suffix) {
    this(
        shuffle,
        keepTokens,
        separator,
        keepTokensSeparator,
        tagDropoutRate,
        prefix,
        suffix,
        CaptionTemplates.CAPTION);
  }

  /** Whether captions are not those that stand in the cache. */
  public boolean changes() {
    return templates != CaptionTemplates.CAPTION
        || movesTags()
        || !prefix.isEmpty()
        || !suffix.isEmpty();
  }

  /** The same for captions that go into templates. */
  public CaptionConfig in(CaptionTemplates others) {
    return new CaptionConfig(
        shuffle,
        keepTokens,
        separator,
        keepTokensSeparator,
        tagDropoutRate,
        prefix,
        suffix,
        others);
  }

  boolean movesTags() {
    return shuffle || tagDropoutRate > 0;
  }

  /** What must be the same for a run to go on, by flag; nothing for captions as they are. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    if (changes()) {
      recipe.put("shuffle_caption", String.valueOf(shuffle));
      recipe.put("keep_tokens", String.valueOf(keepTokens));
      recipe.put("caption_separator", separator);
      recipe.put("keep_tokens_separator", keepTokensSeparator);
      recipe.put("caption_tag_dropout_rate", String.valueOf(tagDropoutRate));
      recipe.put("caption_prefix", prefix);
      recipe.put("caption_suffix", suffix);
    }
    if (templates != CaptionTemplates.CAPTION) {
      recipe.put("learnable_property", templates.name().toLowerCase(Locale.ROOT));
    }
    return recipe;
  }
}
