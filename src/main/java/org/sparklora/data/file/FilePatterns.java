package org.sparklora.data.file;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Patterns of file names as the Hugging Face Hub reads them: {@code *} and {@code ?} stay in one
 * folder, {@code **} crosses folders, {@code [abc]} is one of these characters. A pattern without
 * any of them names a file.
 */
record FilePatterns(List<Pattern> patterns) {
  private static final String FOLDERS = "**/";

  static FilePatterns of(Optional<String> folder, List<String> globs) {
    String before = folder.map(name -> name + "/").orElse("");
    return new FilePatterns(globs.stream().map(glob -> pattern(before + trimmed(glob))).toList());
  }

  boolean match(String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  /** Removes leading {@code ./} and trailing slashes. */
  static String trimmed(String glob) {
    return glob.replaceFirst("^(?:\\./)+", "").replaceFirst("/+$", "");
  }

  private static Pattern pattern(String glob) {
    StringBuilder regex = new StringBuilder();
    int at = 0;
    while (at < glob.length()) {
      int bracketEnd = glob.charAt(at) == '[' ? glob.indexOf(']', at + 2) : -1;
      if (glob.startsWith(FOLDERS, at)) {
        regex.append("(?:.*/)?");
        at += FOLDERS.length();
      } else if (glob.startsWith("**", at)) {
        regex.append(".*");
        at += 2;
      } else if (glob.charAt(at) == '*') {
        regex.append("[^/]*");
        at++;
      } else if (glob.charAt(at) == '?') {
        regex.append("[^/]");
        at++;
      } else if (bracketEnd > 0) {
        String inside = glob.substring(at + 1, bracketEnd).replace("\\", "\\\\");
        regex.append('[').append(inside.replaceFirst("^!", "^").replace("[", "\\[")).append(']');
        at = bracketEnd + 1;
      } else {
        regex.append(Pattern.quote(glob.substring(at, at + 1)));
        at++;
      }
    }
    try {
      return Pattern.compile(regex.toString());
    } catch (PatternSyntaxException e) {
      return Pattern.compile(Pattern.quote(glob));
    }
  }
}
