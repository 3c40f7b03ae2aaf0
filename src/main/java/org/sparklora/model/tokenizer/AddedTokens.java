package org.sparklora.model.tokenizer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.sparklora.model.tokenizer.SpecialTokens.AddedToken;

/** Tokens that are found in the text before it is cut into words. */
final class AddedTokens {
  private final Map<String, Integer> ids;
  private final Map<String, AddedToken> raw = new LinkedHashMap<>();
  private final Map<String, AddedToken> normalized = new LinkedHashMap<>();

  /**
   * @param tokens to find; of equal contents the last one counts
   * @param ids of at least all these tokens
   */
  AddedTokens(List<AddedToken> tokens, Map<String, Integer> ids, ClipNormalizer normalizer) {
    this.ids = ids;
    Map<String, AddedToken> byContent = new LinkedHashMap<>();
    tokens.forEach(token -> byContent.put(token.content(), token));
    for (AddedToken token : byContent.values()) {
      if (token.normalized()) {
        normalized.put(normalizer.normalize(token.content()), token);
      } else {
        raw.put(token.content(), token);
      }
    }
  }

  /** Finds tokens that match the text exactly. {@code rest} gets the text between them. */
  void splitRaw(String text, IntConsumer found, Consumer<String> rest) {
    split(text, raw, found, rest);
  }

  /** Finds tokens whose normalized form occurs in the normalized text. */
  void splitNormalized(String text, IntConsumer found, Consumer<String> rest) {
    split(text, normalized, found, rest);
  }

  /** Searches from left to right for the longest token that fits. */
  private void split(
      String text, Map<String, AddedToken> patterns, IntConsumer found, Consumer<String> rest) {
    int begin = 0;
    int at = 0;
    while (at < text.length()) {
      String longest = "";
      for (String pattern : patterns.keySet()) {
        if (pattern.length() > longest.length() && text.startsWith(pattern, at)) {
          longest = pattern;
        }
      }
      if (longest.isEmpty()) {
        at++;
        continue;
      }
      if (begin < at) {
        rest.accept(text.substring(begin, at));
      }
      found.accept(ids.get(patterns.get(longest).content()));
      at += longest.length();
      begin = at;
    }
    if (begin < text.length()) {
      rest.accept(text.substring(begin));
    }
  }
}
