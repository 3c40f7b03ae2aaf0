package org.sparklora.cli;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Flags of a test in place of those that it has in common with others. */
public final class LaterFlags {
  private static final Set<String> OF_MANY_VALUES =
      Set.of("--validation_prompt", "--adapter", "--prompt", "--lora_target_modules", "--config");

  private LaterFlags() {}

  /**
   * Adds flags to arguments, which lose those of the same name.
   *
   * @param args each {@code --NAME=VALUE}, after words that are no flags
   */
  public static void add(List<? super String> args, String... flags) {
    Set<String> names =
        Stream.of(flags)
            .filter(flag -> flag.startsWith("--"))
            .map(LaterFlags::name)
            .filter(name -> !OF_MANY_VALUES.contains(name))
            .collect(Collectors.toSet());
    args.removeIf(arg -> names.contains(name(arg.toString())));
    args.addAll(List.of(flags));
  }

  private static String name(String flag) {
    return flag.replaceFirst("=.*", "");
  }
}
