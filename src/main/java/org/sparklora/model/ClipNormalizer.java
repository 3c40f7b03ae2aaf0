package org.sparklora.model;

import java.text.Normalizer;

/**
 * What CLIP's tokenizer does to text before it looks for words: composes characters (NFC), makes
 * each run of white space one space, and turns capitals into small letters, in this order.
 */
record ClipNormalizer(UnicodeCharacters characters) {
  String normalize(String text) {
    String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
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
}
