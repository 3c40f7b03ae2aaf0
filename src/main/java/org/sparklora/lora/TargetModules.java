package org.sparklora.lora;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/**
 * Decides which modules are adapted. PEFT's rule for a list applies (the name equals a target or
 * ends with a dot and the target). A target may also be {@code re:PATTERN}, a regular expression
 * that must match the whole name.
 */
final class TargetModules {
  private static final String PATTERN = "re:";
  private static final int MOST_NAMES = 12;

  private record Target(String text, Predicate<String> matches) {}

  private final Network network;
  private final List<Target> targets;

  private TargetModules(Network network, List<Target> targets) {
    this.network = network;
    this.targets = targets;
  }

  static TargetModules of(Network network, List<String> targets) {
    return new TargetModules(network, targets.stream().map(text -> target(network, text)).toList());
  }

  private static String flag(Network network) {
    return network == Network.UNET ? "--lora_target_modules" : "--text_encoder_target_modules";
  }

  private static Target target(Network network, String text) {
    if (!text.startsWith(PATTERN)) {
      return new Target(text, name -> name.equals(text) || name.endsWith("." + text));
    }
    try {
      return new Target(text, Pattern.compile(text.substring(PATTERN.length())).asMatchPredicate());
    } catch (PatternSyntaxException e) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag(network)
              + ": "
              + text
              + " is not a regular expression: "
              + e.getDescription());
    }
  }

  boolean match(String module) {
    return targets.stream().anyMatch(target -> target.matches().test(module));
  }

  /** Refuses targets that match no module, because they are probably misspelt. */
  void requireAllUsed(Collection<String> modules) {
    List<String> unused =
        targets.stream()
            .filter(target -> modules.stream().noneMatch(target.matches()))
            .map(target -> target.text().isEmpty() ? "(empty)" : target.text())
            .toList();
    if (!unused.isEmpty() || targets.isEmpty()) {
      TreeSet<String> endings = new TreeSet<>();
      modules.forEach(
          name -> endings.add(name.replaceAll("^.*\\.(?=[^.\\d][^.]*(\\.\\d+)*$)", "")));
      throw InvalidInputException.configuration(
          "Invalid "
              + flag(network)
              + ": "
              + (targets.isEmpty() ? "(empty)" : String.join(", ", unused))
              + " matches no layer of the "
              + network.text()
              + "; layers end with "
              + String.join(", ", endings.stream().limit(MOST_NAMES).toList()));
    }
  }
}
