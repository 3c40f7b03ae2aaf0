package org.sparklora.lora.key;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.sparklora.util.InvalidInputException;

/**
 * A key of PEFT's {@code rank_pattern} and {@code alpha_pattern}: a regular expression for a
 * module's whole name, or for its end after a dot. It comes from an untrusted file, so the number
 * of matching steps is limited.
 */
final class PeftPattern {
  /** Names of Stable Diffusion's modules have less than a hundred characters. */
  private static final int LONGEST_NAME = 500;

  /** The most characters that a match may look at. */
  private static final int MOST_STEPS = 100_000;

  private final String key;
  private final Pattern pattern;

  private PeftPattern(String key, Pattern pattern) {
    this.key = key;
    this.pattern = pattern;
  }

  /** Whether a text is a regular expression. */
  static boolean isOne(String key) {
    try {
      of(key);
      return true;
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  static PeftPattern of(String key) {
    return new PeftPattern(key, Pattern.compile("(.*\\.)?(" + key + ")"));
  }

  /**
   * Whether the pattern matches a module.
   *
   * @param names of the module
   * @throws InvalidInputException (DATA) when matching takes too many steps
   */
  boolean matches(String... names) {
    return Stream.of(names)
        .filter(name -> name.length() <= LONGEST_NAME)
        .anyMatch(name -> pattern.matcher(new Counted(name)).matches());
  }

  /** A text that counts the accesses to its characters. */
  private final class Counted implements CharSequence {
    private final String text;
    private int steps;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (++steps > MOST_STEPS) {
        throw InvalidInputException.data(
            "Unsupported pattern " + key + ": it backtracks too often to be tried on " + text);
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
