package org.sparklora.cli.kohya;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What their settings become: settings of this program, and remarks on those that have no equal.
 */
public final class CarriedOver {
  /**
   * A remark on one of their settings.
   *
   * @param setting its name and value
   * @param why it has no equal, or what to do
   */
  public record Remark(String setting, String why) {}

  private final Map<String, Object> values = new LinkedHashMap<>();
  private final List<Remark> missing = new ArrayList<>();
  private final List<Remark> changed = new ArrayList<>();
  private final List<Remark> needless = new ArrayList<>();

  /** A value, a list of values, or a list of settings of data sets. */
  void put(String flag, Object value) {
    values.put(flag, value);
  }

  void missing(String name, String value, String why) {
    missing.add(new Remark(name + " = " + value, why));
  }

  /** The result is the same only under a condition that this program cannot see. */
  void changed(String name, String value, String why) {
    changed.add(new Remark(name + " = " + value, why));
  }

  void needless(String name, String value, String why) {
    needless.add(new Remark(name + " = " + value, why));
  }

  Optional<Object> value(String flag) {
    return Optional.ofNullable(values.get(flag));
  }

  /** Texts, lists of them and lists of maps of them, by flag without dashes. */
  public Map<String, Object> values() {
    return values;
  }

  /** Settings without an equal: the result differs. */
  public List<Remark> missing() {
    return missing;
  }

  /** Settings that carry over with a difference. */
  public List<Remark> changed() {
    return changed;
  }

  /** Settings that have no effect on the result here. */
  public List<Remark> needless() {
    return needless;
  }
}
