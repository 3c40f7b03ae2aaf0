package org.sparklora.data.file;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the splits of a data set by Hugging Face's rules. The first rule that finds a split is the
 * only one that is used:
 *
 * <ol>
 *   <li>files {@code data/NAME-00000-of-00001.EXTENSION} are of the split NAME;
 *   <li>a word in the name of a folder says the split of all files below it;
 *   <li>a word in the name of a file says its split;
 *   <li>all files are of the split train.
 * </ol>
 *
 * <p>A word stands between {@code - . _}, spaces and digits, in lower case. The name of the data
 * set's own folder is not considered. A file may be of two splits, or of none.
 *
 * <p>One rule is not Hugging Face's. It is for partitions that Spark has written: the folder {@code
 * split=NAME}, and any {@code COLUMN=WORD}, says a split, too.
 */
final class DataSplits {
  private static final Map<String, List<String>> WORDS = new LinkedHashMap<>();

  static {
    WORDS.put("train", List.of("train", "training"));
    WORDS.put("validation", List.of("validation", "valid", "dev", "val"));
    WORDS.put("test", List.of("test", "testing", "eval", "evaluation"));
  }

  private static final Pattern SHARD =
      Pattern.compile(
          "data/(\\w+(?:\\.\\w+)*)-\\d{5}-of-\\d{5}[^/]*\\.[^/]*", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern BETWEEN_WORDS = Pattern.compile("[-._ 0-9]");
  private static final String SPLIT_COLUMN = "split=";

  private DataSplits() {}

  /**
   * The files of each split, the splits that have words first.
   *
   * @param files of the data set, in order
   */
  static Map<String, List<FoundFile>> of(List<FoundFile> files) {
    return of(files, UnaryOperator.identity());
  }

  /**
   * As {@link #of(List)}, by other names than the files'.
   *
   * @param named a file as it is named within the part of the data set that is read
   */
  static Map<String, List<FoundFile>> of(List<FoundFile> files, UnaryOperator<FoundFile> named) {
    List<Function<FoundFile, Set<String>>> rules =
        List.of(DataSplits::ofShard, DataSplits::ofFolders, DataSplits::ofName);
    for (Function<FoundFile, Set<String>> rule : rules) {
      Map<String, List<FoundFile>> found = new TreeMap<>();
      for (FoundFile file : files) {
        rule.apply(named.apply(file))
            .forEach(split -> found.computeIfAbsent(split, key -> new ArrayList<>()).add(file));
      }
      if (!found.isEmpty()) {
        return inOrder(found);
      }
    }
    return Map.of("train", files);
  }

  private static Map<String, List<FoundFile>> inOrder(Map<String, List<FoundFile>> found) {
    Map<String, List<FoundFile>> ordered = new LinkedHashMap<>();
    WORDS.keySet().stream()
        .filter(found::containsKey)
        .forEach(split -> ordered.put(split, found.get(split)));
    found.forEach(ordered::putIfAbsent);
    return ordered;
  }

  private static Set<String> ofShard(FoundFile file) {
    Matcher shard = SHARD.matcher(file.name());
    return shard.matches() ? Set.of(shard.group(1)) : Set.of();
  }

  private static Set<String> ofFolders(FoundFile file) {
    Set<String> splits = new TreeSet<>();
    for (String folder : file.folder().split("/", -1)) {
      int equals = folder.indexOf('=');
      String value = folder.substring(equals + 1);
      Set<String> told = ofWords(value);
      splits.addAll(told);
      if (told.isEmpty() && folder.substring(0, equals + 1).equalsIgnoreCase(SPLIT_COLUMN)) {
        splits.add(value);
      }
    }
    return splits;
  }

  /** The words of a file's name. Its last part is not a word, because no separator follows it. */
  private static Set<String> ofName(FoundFile file) {
    String name = file.name().substring(file.name().lastIndexOf('/') + 1);
    Matcher between = BETWEEN_WORDS.matcher(name);
    int end = 0;
    while (between.find()) {
      end = between.start();
    }
    return ofWords(name.substring(0, end));
  }

  private static Set<String> ofWords(String name) {
    List<String> parts = Arrays.asList(BETWEEN_WORDS.split(name));
    Set<String> splits = new TreeSet<>();
    WORDS.forEach(
        (split, words) -> {
          if (words.stream().anyMatch(parts::contains)) {
            splits.add(split);
          }
        });
    return splits;
  }
}
