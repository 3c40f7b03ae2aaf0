package org.sparklora.cli.config;

import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.sparklora.flag.Flag;
import org.sparklora.flag.RecordField;
import org.sparklora.flag.WholeNumber;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/**
 * One flag of a record. It turns a record component into a command-line option, and the option's
 * value into the component's value.
 */
record RecordFlag(RecordComponent component, Field field, Flag flag) {
  static Optional<RecordFlag> of(RecordComponent component) {
    Field field = RecordField.of(component);
    return RecordField.annotation(field, Flag.class)
        .map(flag -> new RecordFlag(component, field, flag));
  }

  /** The flag's first name, which is the key of its value. */
  String name() {
    return flag.names()[0];
  }

  /**
   * The option.
   *
   * @param usual the component's default
   * @param given takes the value
   */
  OptionSpec option(Object usual, Map<String, Object> given) {
    OptionSpec.Builder option =
        OptionSpec.builder(flag.names())
            .paramLabel(flag.label())
            .description(flag.help())
            .userObject(field)
            .getter(getter(given))
            .setter(setter(given));
    if (isSeveral()) {
      option.type(List.class).auxiliaryTypes(String.class).splitRegex(",");
    } else {
      option.type(parsedType());
    }
    if (component.getType() == boolean.class) {
      option.arity("0..1").fallbackValue("true");
    }
    if (!flag.unset() && !isOptional()) {
      Object shown = shown(usual);
      given.put(name(), shown);
      option.initialValue(shown);
    }
    return option.build();
  }

  private IGetter getter(Map<String, Object> given) {
    return new IGetter() {
      @Override
      @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // picocli's signature
      public <T> T get() {
        return (T) given.get(name());
      }
    };
  }

  private ISetter setter(Map<String, Object> given) {
    return new ISetter() {
      @Override
      @SuppressWarnings("unchecked")
      public <T> T set(T value) {
        return (T) given.put(name(), value);
      }
    };
  }

  private boolean isOptional() {
    Class<?> type = component.getType();
    return type == Optional.class
        || type == OptionalInt.class
        || type == OptionalLong.class
        || type == OptionalDouble.class;
  }

  private boolean isSeveral() {
    return component.getType() == List.class || component.getType() == Map.class;
  }

  /** The type of one value on the command line. */
  private Class<?> parsedType() {
    Class<?> type = component.getType();
    if (type.isEnum()) {
      return String.class;
    }
    if (type == OptionalInt.class) {
      return Integer.class;
    }
    if (type == OptionalLong.class) {
      return Long.class;
    }
    if (type == OptionalDouble.class) {
      return Double.class;
    }
    return type == Optional.class ? argument(0) : type;
  }

  private Class<?> argument(int at) {
    return (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[at];
  }

  private static Object shown(Object usual) {
    if (usual instanceof Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    }
    if (usual instanceof List<?> several) {
      return new ArrayList<>(several);
    }
    return usual instanceof Map<?, ?> ? new ArrayList<>() : usual;
  }

  /**
   * The component's value.
   *
   * @param given the option's value; null if none was given
   * @param usual the value to use then
   * @param problems collects unknown names of constants, and invalid patterns
   */
  Object value(Object given, Object usual, Problems problems) {
    if (given == null) {
      return usual;
    }
    if (usual instanceof Enum<?> constant) {
      return problems.choice(name(), given.toString(), constant);
    }
    Class<?> type = component.getType();
    if (type == Map.class) {
      return byPattern((List<?>) given, problems);
    }
    if (type == OptionalInt.class) {
      return OptionalInt.of((Integer) given);
    }
    if (type == OptionalLong.class) {
      return OptionalLong.of((Long) given);
    }
    if (type == OptionalDouble.class) {
      return OptionalDouble.of((Double) given);
    }
    return type == Optional.class ? Optional.of(given) : given;
  }

  private Map<String, ? extends Number> byPattern(List<?> given, Problems problems) {
    List<String> texts = given.stream().map(String::valueOf).toList();
    return argument(1) == Integer.class
        ? PatternValues.whole(problems, name(), texts, field.getAnnotation(WholeNumber.class).max())
        : PatternValues.positive(problems, name(), texts);
  }
}
