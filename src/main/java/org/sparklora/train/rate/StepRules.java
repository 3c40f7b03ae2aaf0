package org.sparklora.train.rate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.util.InvalidInputException;

/**
 * Parts of the learning rate that hold for a while: diffusers' {@code step_rules}, such as {@code
 * 1:10,0.1:20,0.01}.
 *
 * @param parts each of which holds before a step
 * @param last the part that holds after them
 */
record StepRules(List<Part> parts, double last) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The whole rate in all steps. */
  static final StepRules NONE = new StepRules(List.of(), 1);

  private static final String FORM =
      "; it must be like 1:10,0.1:20,0.01: factor:step, steps rising, and a factor for the rest";

  /**
   * A part of the rate.
   *
   * @param before the first step in which it does not hold
   */
  record Part(double factor, long before) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  StepRules {
    parts = List.copyOf(parts);
  }

  /**
   * Reads rules.
   *
   * @throws InvalidInputException (CONFIGURATION) when they are none
   */
  static StepRules parse(String text) {
    List<String> rules = List.of(text.split(",", -1));
    List<Part> parts = new ArrayList<>();
    long before = 0;
    for (String rule : rules.subList(0, rules.size() - 1)) {
      String[] sides = rule.split(":", -1);
      if (sides.length != 2) {
        throw invalid(text);
      }
      Part part = new Part(factor(text, sides[0]), step(text, sides[1]));
      if (part.before() <= before) {
        throw invalid(text);
      }
      before = part.before();
      parts.add(part);
    }
    return new StepRules(parts, factor(text, rules.get(rules.size() - 1)));
  }

  private static double factor(String text, String factor) {
    try {
      double value = Double.parseDouble(factor.strip());
      if (value >= 0 && Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // it is said below
    }
    throw invalid(text);
  }

  private static long step(String text, String step) {
    try {
      return Long.parseLong(step.strip());
    } catch (NumberFormatException e) {
      throw invalid(text);
    }
  }

  private static InvalidInputException invalid(String text) {
    return InvalidInputException.configuration("Invalid --lr_step_rules: " + text + FORM);
  }

  /** The part of the rate at an update. */
  double at(long update) {
    return parts.stream()
        .filter(part -> update < part.before())
        .mapToDouble(Part::factor)
        .findFirst()
        .orElse(last);
  }

  /** The rules in one form. */
  String text() {
    StringBuilder text = new StringBuilder();
    parts.forEach(part -> text.append(part.factor()).append(':').append(part.before()).append(','));
    return text.append(last).toString();
  }
}
