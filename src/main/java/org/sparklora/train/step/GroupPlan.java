package org.sparklora.train.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.ModulePatterns;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LearningRateSchedule;
import org.sparklora.util.InvalidInputException;

/**
 * Plans which parts of an adapter are trained with which rate, and when.
 *
 * @param base {@code --learning_rate}
 * @param learningRate schedule over the run's steps
 */
public record GroupPlan(PartRates rates, double base, LearningRateConfig learningRate) {
  private static final String TOKENS = "tokens";

  /**
   * Modules that are trained alike.
   *
   * @param decay their weight decay; empty for that of the update rule
   * @param end the step from which they are not trained
   */
  private record Part(double rate, OptionalDouble decay, long end, List<ParameterTensor> tensors) {
    ParameterGroup group(String name, LearningRateSchedule schedule, long from) {
      ParameterGroup group = new ParameterGroup(name, tensors, schedule, from, end);
      return decay.isPresent() ? group.decayedBy(decay.getAsDouble()) : group;
    }
  }

  /**
   * The groups of an adapter; a single group if all is trained alike.
   *
   * @throws InvalidInputException (CONFIGURATION) when a pattern matches no module
   */
  public List<ParameterGroup> groups(AdapterLayout layout) {
    requirePatternsUsed(layout);
    Map<String, Part> parts = parts(layout);
    List<ParameterTensor> tokens = ParameterTensor.ofTokens(layout);
    if (rates.inversion().isPresent()) {
      return withUnread(inversion(rates.inversion().get(), parts, tokens), layout);
    }
    boolean all = layout.modules().stream().noneMatch(AdapterLayout.Module::unread);
    if (all
        && parts.values().stream()
            .allMatch(
                part ->
                    part.rate() == base
                        && part.decay().isEmpty()
                        && part.end() == ParameterGroup.ALWAYS)) {
      return ParameterGroup.whole(ParameterTensor.of(layout), schedule(base, 0));
    }
    List<ParameterGroup> groups = new ArrayList<>();
    parts.forEach((name, part) -> groups.add(part.group(name, schedule(part.rate(), 0), 0)));
    if (!tokens.isEmpty()) {
      groups.add(new ParameterGroup(TOKENS, tokens, schedule(base, 0)));
    }
    return withUnread(groups, layout);
  }

  /**
   * Adds a group that no step trains, for modules without a gradient. Like torch's optimizers, it
   * leaves them unchanged, also by weight decay.
   */
  private List<ParameterGroup> withUnread(List<ParameterGroup> groups, AdapterLayout layout) {
    List<ParameterTensor> unread = new ArrayList<>();
    layout.modules().stream()
        .filter(AdapterLayout.Module::unread)
        .forEach(module -> unread.addAll(ParameterTensor.of(module)));
    if (unread.isEmpty()) {
      return groups;
    }
    List<ParameterGroup> all = new ArrayList<>(groups);
    all.add(
        new ParameterGroup(
            "unread", unread, schedule(base, 0), ParameterGroup.ALWAYS - 1, ParameterGroup.ALWAYS));
    return all;
  }

  /**
   * Groups of pivotal tuning: first the tokens, then the modules, together with the tokens if they
   * are trained on.
   */
  private List<ParameterGroup> inversion(
      PartRates.Inversion first, Map<String, Part> parts, List<ParameterTensor> tokens) {
    long end = first.steps();
    List<ParameterGroup> groups = new ArrayList<>();
    groups.add(
        new ParameterGroup(
            TOKENS,
            tokens,
            new LearningRateSchedule(learningRate.over(end), first.learningRate()),
            0,
            end));
    parts.forEach((name, part) -> groups.add(part.group(name, schedule(part.rate(), end), end)));
    first
        .tuningRate()
        .ifPresent(
            rate ->
                groups.add(
                    new ParameterGroup(
                        TOKENS + " tuned",
                        tokens,
                        schedule(rate, end),
                        end,
                        ParameterGroup.ALWAYS)));
    return groups;
  }

  private LearningRateSchedule schedule(double rate, long firstStep) {
    return new LearningRateSchedule(
        learningRate.over(Math.max(1, learningRate.maxTrainSteps() - firstStep)), rate);
  }

  private Map<String, Part> parts(AdapterLayout layout) {
    ModulePatterns<Double> factors = new ModulePatterns<>(rates.pattern());
    Map<String, Part> parts = new TreeMap<>();
    for (AdapterLayout.Module module : layout.modules()) {
      if (module.unread()) {
        continue;
      }
      double factor = factors.at(module.name(), 1.0);
      double whole = module.network().isTextEncoder() ? rates.textEncoder().orElse(base) : base;
      long end = ParameterGroup.ALWAYS;
      OptionalDouble decay = OptionalDouble.empty();
      if (module.network().isTextEncoder()) {
        end = rates.textEncoderEnd(learningRate.maxTrainSteps()).orElse(end);
        decay = rates.textEncoderDecay();
      }
      String network = module.network().name().toLowerCase(Locale.ROOT);
      String name = factor == 1 ? network : network + " x " + factor;
      List<ParameterTensor> tensors = new ArrayList<>(ParameterTensor.of(module));
      if (rates.loraPlus() != 1) {
        ParameterTensor up = tensors.remove(1);
        add(
            parts,
            name + " B",
            new Part(whole * factor * rates.loraPlus(), decay, end, List.of(up)));
      }
      add(parts, name, new Part(whole * factor, decay, end, tensors));
    }
    return parts;
  }

  private static void add(Map<String, Part> parts, String name, Part more) {
    parts
        .computeIfAbsent(
            name, first -> new Part(more.rate(), more.decay(), more.end(), new ArrayList<>()))
        .tensors()
        .addAll(more.tensors());
  }

  private void requirePatternsUsed(AdapterLayout layout) {
    List<String> names = layout.modules().stream().map(AdapterLayout.Module::name).toList();
    List<String> unused = new ModulePatterns<>(rates.pattern()).unused(names);
    if (!unused.isEmpty()) {
      throw InvalidInputException.configuration(
          "Invalid --lr_pattern: "
              + String.join(", ", unused)
              + " matches no adapted layer; a pattern is a regular expression for the whole name,"
              + " or for its end after a dot");
    }
  }
}
