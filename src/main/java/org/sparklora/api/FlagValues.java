package org.sparklora.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.sparklora.cli.CommandFlags;
import org.sparklora.util.InvalidInputException;

/** Sets and reads the flags of an estimator or a model by their names. */
final class FlagValues {
  private FlagValues() {}

  /** Gives the params the defaults that the command line has. */
  static void setDefaults(Params owner, Program program) {
    for (CommandFlags.One flag : program.flags().all()) {
      flag.usual().ifPresent(usual -> owner.setDefault(owner.getParam(flag.name()), usual));
    }
  }

  /**
   * Sets a flag.
   *
   * @param name any of the flag's names, without dashes
   * @throws InvalidInputException (CONFIGURATION) for a name that is no flag, or a value that it
   *     does not take
   */
  static void set(Params owner, Program program, String name, Object value) {
    for (CommandFlags.One flag : program.flags().all()) {
      if (flag.names().contains(name)) {
        owner.set(owner.getParam(flag.name()), value);
        return;
      }
    }
    program.flags().check(name, value); // its message suggests a known name
    throw InvalidInputException.configuration(
        "Unsupported --" + name + ": it is no param here; the session or the caller decides it");
  }

  /** The values that were set, by the flags' names. */
  static Map<String, Object> given(Params owner) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Param<?> param : List.of(owner.params())) {
      if (owner.isSet(param)) {
        values.put(param.name(), owner.getOrDefault(param));
      }
    }
    return values;
  }
}
