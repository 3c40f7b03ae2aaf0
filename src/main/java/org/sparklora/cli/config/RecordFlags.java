package org.sparklora.cli.config;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.sparklora.flag.Flag;
import org.sparklora.flag.RecordField;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The flags that a record declares with {@link Flag}, and the record made of the values given.
 *
 * @param <R> a public record
 */
public final class RecordFlags<R extends Record> {
  private final R usual;

  /** The values of flags, by the flags' first names. An enum's constant is held as its name. */
  private final Map<String, Object> given;

  /**
   * The flags of a record.
   *
   * @param usual the defaults; a component without a flag keeps its value
   */
  public RecordFlags(R usual) {
    this(usual, new HashMap<>());
  }

  private RecordFlags(R usual, Map<String, Object> given) {
    this.usual = usual;
    this.given = given;
  }

  /** The flags of another record, which may share some of this one. */
  public <S extends Record> RecordFlags<S> beside(S other) {
    return new RecordFlags<>(other, given);
  }

  /** The flags, to be mixed into a command. */
  public CommandSpec options() {
    return options(List.of(components()));
  }

  /** The flags of some components, for a command that has others between them. */
  public CommandSpec options(String... names) {
    return options(Arrays.stream(names).map(this::component).toList());
  }

  private CommandSpec options(List<RecordComponent> components) {
    CommandSpec options = CommandSpec.create();
    for (RecordComponent component : components) {
      RecordFlag.of(component)
          .filter(flag -> !given.containsKey(flag.name()))
          .ifPresent(
              flag -> {
                given.put(flag.name(), null);
                options.addOption(flag.option(RecordField.value(usual, component), given));
              });
    }
    return options;
  }

  private RecordComponent component(String name) {
    return Arrays.stream(components())
        .filter(one -> one.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(usual.getClass() + " has no " + name));
  }

  private RecordComponent[] components() {
    return usual.getClass().getRecordComponents();
  }

  /** Several flags as one group, in this order. */
  public static CommandSpec together(CommandSpec... parts) {
    CommandSpec all = CommandSpec.create();
    for (CommandSpec part : parts) {
      part.options().forEach(all::addOption);
    }
    return all;
  }

  /** The value of a flag, by its first name; empty where it has no default and was not given. */
  public Optional<Object> given(String flag) {
    return Optional.ofNullable(given.get(flag));
  }

  /** The names of the flags whose values are not the usual ones. */
  public Set<String> changed() {
    Set<String> changed = new TreeSet<>();
    for (RecordComponent component : components()) {
      Object fallback = RecordField.value(usual, component);
      RecordFlag.of(component)
          .filter(flag -> !value(component, new Problems()).equals(fallback))
          .ifPresent(flag -> changed.add(flag.name()));
    }
    return changed;
  }

  /** The names of the flags. */
  public Set<String> names() {
    return Arrays.stream(components())
        .flatMap(component -> RecordFlag.of(component).stream())
        .map(RecordFlag::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * The record.
   *
   * @param problems collects unknown names of constants, and invalid patterns
   */
  public R value(Problems problems) {
    Object[] values =
        Arrays.stream(components()).map(component -> value(component, problems)).toArray();
    Class<?>[] parameters =
        Arrays.stream(components()).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      @SuppressWarnings("unchecked")
      Class<R> type = (Class<R>) usual.getClass();
      return type.getConstructor(parameters).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a public record of flags", e);
    }
  }

  private Object value(RecordComponent component, Problems problems) {
    Object fallback = RecordField.value(usual, component);
    return RecordFlag.of(component)
        .map(flag -> flag.value(given.get(flag.name()), fallback, problems))
        .orElse(fallback);
  }
}
