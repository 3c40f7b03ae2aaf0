package org.sparklora.model.tokenizer;

import java.text.Normalizer;

/**
 * Normalizes text as CLIP's tokenizer does before it looks for words: it composes characters (NFC),
 * turns each run of white space into one space, and turns capitals into small letters, in this
 * order.
 */
record ClipNormalizer(UnicodeCharacters characters) {
  String normalize(String text) {
    String composed = compose(text);
    StringBuilder out = new StringBuilder(composed.length());
    boolean inSpace = false;
    for (int i = 0; i < composed.length(); ) {
      int codePoint = composed.codePointAt(i);
      i += Character.charCount(codePoint);
      boolean space = characters.isSpace(codePoint);
      if (!space) {
        characters.appendSmall(codePoint, out);
      } else if (!inSpace) {
        out.append(' ');
      }
      inSpace = space;
    }
    return out.toString();
  }

  /** Composes each stretch between inert characters, because nothing composes across these. */
  private String compose(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int begin = 0;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      int next = i + Character.charCount(codePoint);
      if (characters.isInert(codePoint)) {
        out.append(Normalizer.normalize(text.substring(begin, i), Normalizer.Form.NFC));
        out.appendCodePoint(codePoint);
        begin = next;
      }
      i = next;
    }
    return out.append(Normalizer.normalize(text.substring(begin), Normalizer.Form.NFC)).toString();
  }
}
