package org.sparklora.data.caption;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * Treats captions as lists of tags. Shuffles tags and leaves some out, as kohya's {@code
 * process_caption} does, but as a function of (seed, epoch, sample).
 */
public final class CaptionTags {
  private final CaptionConfig config;
  private final long seed;

  public CaptionTags(CaptionConfig config, long seed) {
    this.config = config;
    this.seed = seed;
  }

  /**
   * The caption of an epoch.
   *
   * @param sample its id
   */
  public String caption(String text, long epoch, long sample) {
    String whole = templated(text, epoch, sample);
    if (!config.prefix().isEmpty()) {
      whole = config.prefix() + " " + whole;
    }
    if (!config.suffix().isEmpty()) {
      whole = whole + " " + config.suffix();
    }
    if (config.wildcards()) {
      whole = Wildcards.chosen(whole, KeyedRandom.of(seed, Purpose.WILDCARD, epoch, sample));
    }
    if (config.movesTags()) {
      whole = moved(whole, epoch, sample);
    }
    return config.secondarySeparator().isEmpty()
        ? whole
        : whole.replace(config.secondarySeparator(), config.separator());
  }

  /** The caption of a held-out sample: its tags stay in place, and none is left out. */
  public String heldOut(String text, long sample) {
    return templated(text, 0, sample);
  }

  private String templated(String text, long epoch, long sample) {
    return config.templates().caption(text, seed, epoch, sample);
  }

  private String moved(String caption, long epoch, long sample) {
    List<String> before = new ArrayList<>();
    List<String> moving = new ArrayList<>();
    List<String> after = new ArrayList<>();
    String mark = config.keepTokensSeparator();
    if (!mark.isEmpty() && caption.contains(mark)) {
      String[] parts = caption.split(Pattern.quote(mark), 3);
      before.addAll(words(parts[0]));
      moving.addAll(words(parts[1]));
      if (parts.length == 3) {
        after.addAll(words(parts[2]));
      }
    } else {
      List<String> tags = tags(caption.strip());
      int kept = Math.min(config.keepTokens(), tags.size());
      before.addAll(tags.subList(0, kept));
      moving.addAll(tags.subList(kept, tags.size()));
    }
    if (config.shuffle()) {
      shuffle(moving, KeyedRandom.of(seed, Purpose.CAPTION_SHUFFLE, epoch, sample));
    }
    if (config.tagDropoutRate() > 0) {
      KeyedRandom random = KeyedRandom.of(seed, Purpose.CAPTION_TAG_DROPOUT, epoch, sample);
      moving.removeIf(tag -> random.uniform() < config.tagDropoutRate());
    }
    before.addAll(moving);
    before.addAll(after);
    return String.join(", ", before);
  }

  /** The tags of one part of a caption, without empty ones. */
  private List<String> words(String part) {
    return tags(part).stream().filter(tag -> !tag.isEmpty()).toList();
  }

  private List<String> tags(String text) {
    List<String> tags = new ArrayList<>();
    for (String tag : text.split(Pattern.quote(config.separator()), -1)) {
      tags.add(tag.strip());
    }
    return tags;
  }

  /** The shuffle of Fisher and Yates. */
  private static void shuffle(List<String> tags, KeyedRandom random) {
    for (int i = tags.size() - 1; i > 0; i--) {
      int other = (int) random.below(i + 1L);
      tags.set(i, tags.set(other, tags.get(i)));
    }
  }
}
