package org.sparklora.report.event;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.sparklora.util.Redaction;

/**
 * The command that continues a run, for a POSIX shell. It is the command that the run was started
 * with, without secrets, and with a resume from the latest checkpoint.
 *
 * @param folder in which to run it, if the command has relative paths; otherwise empty
 * @param words of the command
 * @param secrets names of the flags that were left out
 */
public record ResumeCommand(Optional<String> folder, List<String> words, List<String> secrets) {
  private static final String RESUME = "--resume_from_checkpoint";
  private static final String OVERWRITE = "--overwrite_output_dir";

  /** Options of {@code spark-submit} without a value. */
  private static final Set<String> WITHOUT_VALUE =
      Set.of("--verbose", "--supervise", "--version", "--help");

  private static final Pattern BOOLEAN = Pattern.compile("(?i)true|false");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  public ResumeCommand {
    words = List.copyOf(words);
    secrets = List.copyOf(secrets);
  }

  /**
   * The command of a run.
   *
   * @param launcher command that starts the application: {@code java -jar spark-lora.jar}, or
   *     {@code spark-submit} with its options and the jar
   * @param arguments of the application, as given
   */
  public static ResumeCommand of(
      Optional<String> folder, List<String> launcher, List<String> arguments) {
    List<String> secrets = new ArrayList<>();
    List<String> words = new ArrayList<>(withoutSecrets(withoutOverridden(launcher), secrets));
    List<String> own = withoutSecrets(withoutOverridden(arguments), secrets);
    for (int i = 0; i < own.size(); i++) {
      if (own.get(i).equals(RESUME)) {
        i++; // skips the value, which is the next word
      } else if (isFlag(own.get(i), OVERWRITE)) {
        // This flag would delete the run that is to go on. Its value may be the next word.
        i += i + 1 < own.size() && BOOLEAN.matcher(own.get(i + 1)).matches() ? 1 : 0;
      } else if (!own.get(i).startsWith(RESUME + "=")) {
        words.add(own.get(i));
      }
    }
    words.add(RESUME + "=latest");
    return new ResumeCommand(folder, words, secrets);
  }

  /**
   * Without settings that later ones override: a {@code --conf} and a {@code -D} of the same key,
   * and options of a submission, which come before its jar. Flags of the application are left as
   * they are, because a flag with two values is refused and some flags take many.
   */
  private static List<String> withoutOverridden(List<String> words) {
    int options = optionsAtStart(words);
    Map<String, Integer> last = new HashMap<>();
    for (int i = 0; i < words.size(); i += length(words, i, options)) {
      last.put(setting(words, i, options), i);
    }
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < words.size(); i += length(words, i, options)) {
      String setting = setting(words, i, options);
      if (setting.isEmpty() || last.get(setting) == i) {
        kept.addAll(words.subList(i, i + length(words, i, options)));
      }
    }
    return kept;
  }

  /** Number of words before the first that is neither an option nor its value. */
  private static int optionsAtStart(List<String> words) {
    int i = 0;
    while (i < words.size() && isOption(words.get(i))) {
      i += length(words, i, words.size());
    }
    return i;
  }

  /**
   * Number of words at an index that belong together: two for an option with its value, otherwise
   * one.
   */
  private static int length(List<String> words, int i, int options) {
    String word = words.get(i);
    boolean valueFollows =
        isConf(word)
            || (i < options
                && word.startsWith("--")
                && !word.contains("=")
                && !WITHOUT_VALUE.contains(word));
    return valueFollows && i + 1 < words.size() ? 2 : 1;
  }

  /** What a word sets; empty if a later word of the same kind does not override it. */
  private static String setting(List<String> words, int i, int options) {
    String word = words.get(i);
    if (isConf(word) && i + 1 < words.size()) {
      return "--conf " + key(words.get(i + 1));
    }
    return word.startsWith("-D") || (i < options && word.startsWith("--")) ? key(word) : "";
  }

  private static boolean isConf(String word) {
    return word.equals("--conf") || word.equals("-c");
  }

  private static String key(String setting) {
    return setting.split("=", 2)[0];
  }

  private static boolean isFlag(String word, String flag) {
    return word.equals(flag) || word.startsWith(flag + "=");
  }

  private static List<String> withoutSecrets(List<String> words, List<String> secrets) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      boolean conf = isConf(word);
      String setting = conf && i + 1 < words.size() ? words.get(i + 1) : word;
      String name = key(setting);
      boolean secret =
          Redaction.isSecret(name)
              // A system property in a JVM's options.
              || (conf && setting.contains("-D") && Redaction.isSecret(setting));
      if (isOption(word) && secret) {
        secrets.add(name);
        boolean valueFollows = conf || (!word.contains("=") && i + 1 < words.size());
        i += valueFollows && (conf || !isOption(words.get(i + 1))) ? 1 : 0;
      } else {
        kept.add(Redaction.text(word));
      }
    }
    return kept;
  }

  private static boolean isOption(String word) {
    return word.startsWith("-");
  }

  /** The command over several lines: each option begins a line, and lines end with backslashes. */
  public String text() {
    StringBuilder text = new StringBuilder();
    folder.ifPresent(place -> text.append("cd ").append(quoted(place)).append(" &&\n"));
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (i > 0) {
        text.append(beginsLine(i) ? " \\\n  " : " ");
      }
      text.append(quoted(word));
    }
    return text.toString();
  }

  private boolean beginsLine(int i) {
    return words.get(i).startsWith("--") || (words.get(i).endsWith(".jar") && !afterJar(i));
  }

  private boolean afterJar(int i) {
    return words.get(i - 1).equals("-jar") || words.get(i - 1).equals("--jars");
  }

  /** A word, quoted for a POSIX shell. */
  public static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
