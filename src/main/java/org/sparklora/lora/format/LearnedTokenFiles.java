package org.sparklora.lora.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.store.FileContent;

/**
 * Files of learned tokens in a folder. diffusers' {@code load_textual_inversion} looks for {@code
 * learned_embeds.safetensors} and reads one token a file. Files of further tokens are called {@code
 * learned_embeds_1.safetensors} and so on.
 */
public final class LearnedTokenFiles {
  private static final Pattern NAME =
      Pattern.compile("learned_embeds(_\\d{1,4})?\\.(safetensors|bin)");
  private static final String SAFETENSORS = ".safetensors";

  private LearnedTokenFiles() {}

  /**
   * The files of tokens, by name.
   *
   * @param formats {@link AdapterFormat#TEXTUAL_INVERSION}, or that and the older {@link
   *     AdapterFormat#TEXTUAL_INVERSION_BIN}
   * @param metadata of the files
   */
  public static Map<String, FileContent> of(
      List<LearnedToken> tokens, List<AdapterFormat> formats, Map<String, String> metadata) {
    Map<String, FileContent> files = new LinkedHashMap<>();
    Map<String, List<LearnedToken>> byName = new LinkedHashMap<>();
    for (LearnedToken token : tokens) {
      byName.computeIfAbsent(token.token(), none -> new ArrayList<>()).add(token);
    }
    List<List<LearnedToken>> named = List.copyOf(byName.values());
    for (AdapterFormat format : formats) {
      for (int i = 0; i < named.size(); i++) {
        Adapter one = new Adapter(List.of(), named.get(i), metadata);
        String number = i == 0 ? "" : "_" + i;
        String name = format.fileName().replaceFirst("(?=\\.)", number);
        files.put(name, format.files(one).get(format.fileName()));
      }
    }
    return files;
  }

  /**
   * The files of learned tokens among a folder's files, in order. If a token has two files, the
   * safetensors file is taken.
   */
  static List<String> in(List<String> names) {
    Stream<Matcher> found = names.stream().map(NAME::matcher).filter(Matcher::matches);
    return found
        .filter(
            file ->
                file.group().endsWith(SAFETENSORS)
                    || !names.contains(file.group().replaceFirst("\\.bin$", SAFETENSORS)))
        .sorted((a, b) -> Integer.compare(number(a), number(b)))
        .map(Matcher::group)
        .toList();
  }

  private static int number(Matcher file) {
    return file.group(1) == null ? 0 : Integer.parseInt(file.group(1).substring(1));
  }
}
