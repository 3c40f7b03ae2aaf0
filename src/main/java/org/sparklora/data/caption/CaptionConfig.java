package org.sparklora.data.caption;

import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;

/**
 * How a caption is changed each time it is trained on. Most names are those of kohya's sd-scripts.
 *
 * @param keepTokensSeparator {@code --keep_tokens_separator}: tags before this mark, and after a
 *     second one, stay in place; empty for no mark
 * @param templates {@code --learnable_property}: sentences into which a caption is put before the
 *     other changes
 */
public record CaptionConfig(
    @Flag(names = "--shuffle_caption", help = "Put a caption's tags into another order each epoch.")
        @InRecipe(always = true)
        boolean shuffle,
    @Flag(
            names = "--keep_tokens",
            label = "N",
            help =
                "Number of tags at the beginning that neither move nor are left out (default:"
                    + " ${DEFAULT-VALUE}).")
        @WholeNumber(min = 0, max = 1000)
        @InRecipe(always = true)
        int keepTokens,
    @Flag(
            names = "--caption_separator",
            label = "TEXT",
            help = "Text between tags (default: ${DEFAULT-VALUE}).")
        @InRecipe(always = true)
        String separator,
    @Flag(
            names = "--keep_tokens_separator",
            label = "TEXT",
            help =
                "A mark in captions. Tags before it, and after a second one, neither move nor are"
                    + " left out.")
        @InRecipe(always = true)
        String keepTokensSeparator,
    @Flag(
            names = "--caption_tag_dropout_rate",
            label = "P",
            help = "Share of the tags to leave out (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1)
        @InRecipe(always = true)
        double tagDropoutRate,
    @Flag(names = "--caption_prefix", label = "TEXT", help = "Text before every caption.")
        @InRecipe(always = true)
        String prefix,
    @Flag(names = "--caption_suffix", label = "TEXT", help = "Text after every caption.")
        @InRecipe(always = true)
        String suffix,
    @Flag(
            names = "--enable_wildcard",
            help = "Choose one of the words of {red|blue} in a caption each epoch.")
        @InRecipe
        boolean wildcards,
    @Flag(
            names = "--secondary_separator",
            label = "TEXT",
            help =
                "Text between words that stay together when tags move; it becomes"
                    + " --caption_separator.")
        @InRecipe
        String secondarySeparator,
    @Flag(
            names = "--caption_dropout_every_n_epochs",
            label = "N",
            help = "Leave all captions out in every Nth epoch; 0 for none (default: 0).")
        @WholeNumber(min = 0, max = 1_000_000_000)
        @InRecipe
        int dropoutEpochs,
    CaptionTemplates templates)
    implements Serializable {
  /** Captions as they are in the data set. */
  public static final CaptionConfig AS_IS = new CaptionConfig(false, 0, ",", "", 0, "", "");

  /** A configuration without templates. */
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
        false,
        "",
        0,
        CaptionTemplates.CAPTION);
  }

  /** Whether captions differ from those in the cache. */
  public boolean changes() {
    return templates != CaptionTemplates.CAPTION
        || movesTags()
        || wildcards
        || !secondarySeparator.isEmpty()
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
        wildcards,
        secondarySeparator,
        dropoutEpochs,
        others);
  }

  boolean movesTags() {
    return shuffle || tagDropoutRate > 0;
  }

  /** The settings that a resumed run must share, by flag; empty for captions as they are. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    if (changes()) {
      recipe.putAll(FlagRecipe.of(this, AS_IS));
    }
    if (dropoutEpochs > 0) {
      recipe.put("caption_dropout_every_n_epochs", String.valueOf(dropoutEpochs));
    }
    if (templates != CaptionTemplates.CAPTION) {
      recipe.put("learnable_property", templates.name().toLowerCase(Locale.ROOT));
    }
    return recipe;
  }
}
