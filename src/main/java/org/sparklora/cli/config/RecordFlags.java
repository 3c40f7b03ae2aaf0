package org.sparklora.cli.config;

import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sparklora.flag.Flag;
import org.sparklora.flag.RecordField;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags that a record declares with {@link Flag}, and the record made of what was given.
 *
 * @param <R> a public record
 */
public final class RecordFlags<R extends Record> {
  private final R usual;
  private final CommandSpec options = CommandSpec.create();

  /** What the flags are set to, by component; a name where the component is an enum's constant. */
  private final Map<String, Object> given = new HashMap<>();

  /**
   * The flags of a record.
   *
   * @param usual the defaults; a component without a flag keeps its value
   */
  public RecordFlags(R usual) {
    this.usual = usual;
    for (RecordComponent component : usual.getClass().getRecordComponents()) {
      Field field = RecordField.of(component);
      if (field.isAnnotationPresent(Flag.class)) {
        options.addOption(option(component, field));
      }
    }
  }

  /** The flags, to be mixed into a command. */
  public CommandSpec options() {
    return options;
  }

  private OptionSpec option(RecordComponent component, Field field) {
    Flag flag = field.getAnnotation(Flag.class);
    String name = component.getName();
    IGetter getter =
        new IGetter() {
          @Override
          @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // picocli's signature
          public <T> T get() {
            return (T) given.get(name);
          }
        };
    ISetter setter =
        new ISetter() {
          @Override
          @SuppressWarnings("unchecked")
          public <T> T set(T value) {
            return (T) given.put(name, value);
          }
        };
    Class<?> type = component.getType().isEnum() ? String.class : component.getType();
    OptionSpec.Builder option =
        OptionSpec.builder(flag.names())
            .type(type)
            .paramLabel(flag.label())
            .description(flag.help())
            .userObject(field)
            .getter(getter)
            .setter(setter);
    if (type == boolean.class) {
      option.arity("0..1").fallbackValue("true");
    }
    if (!flag.unset()) {
      Object value = RecordField.value(usual, component);
      Object shown =
          value instanceof Enum<?> constant ? constant.name().toLowerCase(Locale.ROOT) : value;
      given.put(name, shown);
      option.initialValue(shown);
    }
    return option.build();
  }

  /** The value of a flag, by its component; empty where it has no default and was not given. */
  public Optional<Object> given(String component) {
    return Optional.ofNullable(given.get(component));
  }

  /**
   * The record.
   *
   * @param problems takes the names that no constant has
   */
  public R value(Problems problems) {
    RecordComponent[] components = usual.getClass().getRecordComponents();
    Object[] values =
        Arrays.stream(components).map(component -> value(component, problems)).toArray();
    Class<?>[] parameters =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
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
    Object value = given.get(component.getName());
    if (value == null) {
      return fallback;
    }
    Flag flag = RecordField.of(component).getAnnotation(Flag.class);
    return fallback instanceof Enum<?> constant
        ? problems.choice(flag.names()[0], value.toString(), constant)
        : value;
  }
}
