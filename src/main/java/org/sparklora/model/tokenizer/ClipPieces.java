package org.sparklora.model.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Cuts normalized text into the pieces that are encoded one by one: an English contraction's
 * ending, a run of letters, a single number character, or a run of anything else but white space
 * (the pattern of OpenAI's CLIP, applied from left to right).
 */
record ClipPieces(UnicodeCharacters characters) {
  private static final List<String> ENDINGS = List.of("'s", "'t", "'re", "'ve", "'m", "'ll", "'d");

  /**
   * Names of special tokens. If a text spells one out as {@code <|NAME|>}, it ends the run before
   * it and is itself cut into three pieces.
   */
  private static final List<String> MARKERS = List.of("startoftext", "endoftext");

  List<String> cut(String text) {
    List<String> pieces = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int codePoint = text.codePointAt(at);
      int end;
      if (characters.isSpace(codePoint)) {
        at += Character.charCount(codePoint);
        continue;
      } else if (text.startsWith("<|", at) && markerEnd(text, at) > at) {
        end = markerEnd(text, at);
        pieces.add("<|");
        pieces.add(text.substring(at + 2, end - 2));
        pieces.add("|>");
        at = end;
        continue;
      } else if (codePoint == '\'' && endingEnd(text, at) > at) {
        end = endingEnd(text, at);
      } else if (characters.isLetter(codePoint)) {
        end = runEnd(text, at, characters::isLetter);
      } else if (characters.isNumber(codePoint)) {
        end = at + Character.charCount(codePoint);
      } else {
        end = runEnd(text, at, this::isOther);
      }
      pieces.add(text.substring(at, end));
      at = end;
    }
    return pieces;
  }

  private boolean isOther(int codePoint) {
    return !characters.isSpace(codePoint)
        && !characters.isLetter(codePoint)
        && !characters.isNumber(codePoint);
  }

  /** The end of a marker that begins here; {@code at} if there is none. */
  private static int markerEnd(String text, int at) {
    for (String marker : MARKERS) {
      if (text.startsWith(marker + "|>", at + 2)) {
        return at + marker.length() + 4;
      }
    }
    return at;
  }

  private static int endingEnd(String text, int at) {
    for (String ending : ENDINGS) {
      if (text.startsWith(ending, at)) {
        return at + ending.length();
      }
    }
    return at;
  }

  private static int runEnd(String text, int at, IntPredicate belongs) {
    int end = at;
    while (end < text.length() && belongs.test(text.codePointAt(end))) {
      end += Character.charCount(text.codePointAt(end));
    }
    return end;
  }
}
