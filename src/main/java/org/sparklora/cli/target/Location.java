package org.sparklora.cli.target;

import org.sparklora.model.folder.Locations;
import org.sparklora.util.Redaction;

/** Resolves a folder that the user names. */
public final class Location {
  private Location() {}

  /** The folder in a form that is valid on all machines, see {@link Locations#absolute}. */
  public static String resolve(String text) {
    return Locations.absolute(text);
  }

  /**
   * A location in its usual form: a path if it is on this machine, otherwise the location without
   * secrets.
   */
  public static String shown(String location) {
    return Redaction.text(location.replaceFirst("^file:(//)?(?=/)", ""));
  }
}
