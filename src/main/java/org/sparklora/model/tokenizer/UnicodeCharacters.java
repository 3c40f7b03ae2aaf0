package org.sparklora.model.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Character classes and small letters of the reference tokenizer. Java 17 knows Unicode 13.
 * Characters that later versions assigned are in a table, so that a caption has the same ids on
 * every Java.
 */
final class UnicodeCharacters {
  private static final String TABLE = "unicode-differences.txt";
  private static final Pattern FIELDS = Pattern.compile(" ");

  private final BitSet newLetters = new BitSet();
  private final BitSet newNumbers = new BitSet();
  private final BitSet inert = new BitSet();
  private final Map<Integer, Integer> newSmall = new HashMap<>();

  private UnicodeCharacters(List<String> table) {
    for (String line : table) {
      if (!line.startsWith("#")) {
        add(FIELDS.split(line));
      }
    }
  }

  static UnicodeCharacters load() {
    try (InputStream in = UnicodeCharacters.class.getResourceAsStream(TABLE)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + TABLE);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new UnicodeCharacters(text.lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(String[] fields) {
    int first = Integer.parseInt(fields[1], 16);
    int last = Integer.parseInt(fields[2], 16);
    switch (fields[0]) {
      case "letter" -> newLetters.set(first, last + 1);
      case "number" -> newNumbers.set(first, last + 1);
      case "inert" -> inert.set(first, last + 1);
      default -> {
        int shift = Integer.parseInt(fields[3], 16) - first;
        for (int capital = first; capital <= last; capital++) {
          newSmall.put(capital, capital + shift);
        }
      }
    }
  }

  /** Whether it has a general category L*. */
  boolean isLetter(int codePoint) {
    return Character.isLetter(codePoint) || newLetters.get(codePoint);
  }

  /** Whether it has general category Nd, Nl or No. */
  boolean isNumber(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER
        || newNumbers.get(codePoint);
  }

  /**
   * Whether it has the property White_Space, which includes more than Java's, but not the
   * separators 1C to 1F.
   */
  boolean isSpace(int codePoint) {
    return (codePoint >= '\t' && codePoint <= '\r')
        || codePoint == ' '
        || codePoint == 0x85
        || codePoint == 0xA0
        || codePoint == 0x1680
        || (codePoint >= 0x2000 && codePoint <= 0x200A)
        || codePoint == 0x2028
        || codePoint == 0x2029
        || codePoint == 0x202F
        || codePoint == 0x205F
        || codePoint == 0x3000;
  }

  /** Whether composition (NFC) never changes or moves the character. */
  boolean isInert(int codePoint) {
    return inert.get(codePoint);
  }

  /**
   * Appends the small letter. Each character is treated by itself, so a final sigma is like any
   * other.
   */
  void appendSmall(int codePoint, StringBuilder out) {
    if (codePoint == 0x130) {
      // Capital I with dot is the only character whose small form has two characters.
      out.append("i\u0307");
      return;
    }
    Integer small = newSmall.get(codePoint);
    out.appendCodePoint(small == null ? Character.toLowerCase(codePoint) : small);
  }
}
