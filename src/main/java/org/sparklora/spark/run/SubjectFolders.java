package org.sparklora.spark.run;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.sparklora.util.InvalidInputException;

/**
 * The folders of subjects' adapters below the output folder. A folder has the subject's name; every
 * character that is not a letter, digit, dot, dash or underscore becomes an underscore.
 */
public final class SubjectFolders {
  private static final int LONGEST = 100;
  private static final Pattern OTHERS = Pattern.compile("[^\\p{L}\\p{M}\\p{Nd}._-]");

  /** Names that a run uses in its output folder itself. */
  private static final Set<String> TAKEN =
      Set.of("latents", "logs", "report", "report.html", "validation");

  private SubjectFolders() {}

  /**
   * The folders' names, by subject.
   *
   * @throws InvalidInputException (DATA) naming every subject that cannot have a folder of its own
   */
  public static Map<String, String> of(List<String> subjects) {
    Map<String, String> folders = new LinkedHashMap<>();
    Map<String, String> owners = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (String subject : subjects) {
      String folder = OTHERS.matcher(subject).replaceAll("_");
      boolean hasControls = subject.chars().anyMatch(Character::isISOControl);
      String owner = owners.putIfAbsent(folder, subject);
      if (owner != null) {
        problems.add(
            invalid(
                subject,
                String.format(Locale.ROOT, "it and %s would both go to %s/", owner, folder)));
      } else if (hasControls) {
        problems.add(invalid(folder, "it has control characters"));
      } else if (folder.startsWith(".") || folder.startsWith("_")) {
        problems.add(
            invalid(
                subject,
                String.format(Locale.ROOT, "its folder %s/ would be a hidden one", folder)));
      } else if (TAKEN.contains(folder) || folder.startsWith("checkpoint-")) {
        problems.add(
            invalid(
                subject, String.format(Locale.ROOT, "a run keeps files of its own in %s", folder)));
      } else if (folder.length() > LONGEST) {
        problems.add(
            invalid(
                subject, String.format(Locale.ROOT, "it is longer than %d characters", LONGEST)));
      }
      folders.put(subject, folder);
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    return folders;
  }

  private static String invalid(String subject, String why) {
    return String.format(
        Locale.ROOT, "Invalid subject: %s; %s: rename it in --subject_column", subject, why);
  }
}
