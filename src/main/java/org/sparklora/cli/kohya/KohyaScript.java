package org.sparklora.cli.kohya;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The flags of {@code train_network.py} in a script of a shell: the words after the first one that
 * ends with its name, up to the end of the command. Variables that the script sets are replaced.
 */
final class KohyaScript {
  private static final Pattern PROGRAM = Pattern.compile("(?:.*[/\\\\])?train_network\\.py");
  private static final Pattern CONTINUED = Pattern.compile("[ \\t]*[\\\\^`][ \\t]*\\R");
  private static final Pattern ASSIGNMENT =
      Pattern.compile("(?m)^[ \\t]*(?:export[ \\t]+|set[ \\t]+)?\\$?(\\w+)[ \\t]*=[ \\t]*(\\S.*)$");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)\\}?|%(\\w+)%");

  private KohyaScript() {}

  static KohyaSettings read(String script, Path file) {
    String joined = CONTINUED.matcher(script).replaceAll(" ");
    Map<String, String> variables = new HashMap<>();
    for (String line : joined.split("\\R", -1)) {
      String plain = line.strip();
      Matcher assignment = ASSIGNMENT.matcher(plain);
      if (assignment.matches() && !plain.contains("train_network.py")) {
        variables.put(
            assignment.group(1), String.join(" ", words(filled(assignment.group(2), variables))));
        continue;
      }
      if (plain.startsWith("#") || plain.startsWith("::")) {
        continue;
      }
      List<String> words = words(filled(plain, variables));
      int program = indexOfProgram(words);
      if (program >= 0) {
        return new KohyaSettings(flags(words.subList(program + 1, words.size()), file));
      }
    }
    throw KohyaFiles.invalid(
        file + " is no .toml file and runs no train_network.py: give a configuration or a script");
  }

  private static int indexOfProgram(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      if (PROGRAM.matcher(words.get(i)).matches()) {
        return i;
      }
    }
    return -1;
  }

  private static String filled(String text, Map<String, String> variables) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            found -> {
              String name = found.group(1) == null ? found.group(2) : found.group(1);
              return Matcher.quoteReplacement(variables.getOrDefault(name, found.group()));
            });
  }

  /** Words as a shell parts them: at blanks that are not in quotes. */
  static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
        inWord = true;
      } else if (Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
        }
        inWord = false;
      } else if (c == '#' && !inWord) {
        break; // a comment
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  private static Map<String, List<String>> flags(List<String> words, Path file) {
    Map<String, List<String>> flags = new LinkedHashMap<>();
    List<String> values = null;
    for (String word : words) {
      if (word.matches("[;&|]+|[12]?>.*")) {
        break; // the next command
      }
      if (word.startsWith("--")) {
        String[] parts = word.substring(2).split("=", 2);
        values = new ArrayList<>();
        flags.put(parts[0].replace('-', '_'), values);
        if (parts.length == 2) {
          values.add(parts[1]);
        }
      } else if (values == null) {
        throw KohyaFiles.invalid(file + " gives train_network.py " + word + " before any flag");
      } else {
        values.add(word);
      }
    }
    flags.values().stream().filter(List::isEmpty).forEach(none -> none.add("true"));
    return flags;
  }
}
