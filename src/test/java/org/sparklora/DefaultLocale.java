package org.sparklora;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import java.util.Locale;
import java.util.Set;

/** Methods whose result depends on the language of the machine unless they are given a locale. */
final class DefaultLocale {
  private static final Set<String> METHODS =
      Set.of(
          "java.lang.String.format",
          "java.lang.String.formatted",
          "java.lang.String.toLowerCase",
          "java.lang.String.toUpperCase",
          "java.io.PrintStream.format",
          "java.io.PrintStream.printf",
          "java.io.PrintWriter.format",
          "java.io.PrintWriter.printf",
          "java.util.Formatter.<init>",
          "java.util.Scanner.<init>",
          "java.text.DecimalFormat.<init>",
          "java.text.MessageFormat.<init>",
          "java.text.MessageFormat.format",
          "java.text.SimpleDateFormat.<init>",
          "java.text.NumberFormat.getInstance",
          "java.text.NumberFormat.getIntegerInstance",
          "java.text.NumberFormat.getNumberInstance",
          "java.text.NumberFormat.getPercentInstance",
          "java.text.Collator.getInstance",
          "java.time.format.DateTimeFormatter.ofPattern",
          "java.time.format.DateTimeFormatter.ofLocalizedDate",
          "java.time.format.DateTimeFormatter.ofLocalizedDateTime");

  static final DescribedPredicate<CodeUnitCallTarget> USED =
      DescribedPredicate.describe("a method without its locale", DefaultLocale::isUsedBy);

  private DefaultLocale() {}

  private static boolean isUsedBy(CodeUnitCallTarget target) {
    return METHODS.contains(target.getOwner().getName() + "." + target.getName())
        && target.getRawParameterTypes().stream()
            .noneMatch(parameter -> parameter.isEquivalentTo(Locale.class));
  }
}
