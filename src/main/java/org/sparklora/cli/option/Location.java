package org.sparklora.cli.option;

import org.sparklora.model.folder.Locations;
import org.sparklora.util.Redaction;

/** A folder as the user names it. */
public final class Location {
  private Location() {}

  /** The folder for everybody, see {@link Locations#absolute}. */
  public static String resolve(String text) {
    return Locations.absolute(text);
  }

  /** A location as people write it: a path for a file of this machine, else without secrets. */
  public static String shown(String location) {
    return Redaction.text(location.replaceFirst("^file:(//)?(?=/)", ""));
  }
}
