package org.sparklora.cli;

import org.sparklora.Credentials;
import org.sparklora.model.Locations;

/** A folder as the user names it. */
final class Location {
  private Location() {}

  /** The folder for everybody, see {@link Locations#absolute}. */
  static String resolve(String text) {
    return Locations.absolute(text);
  }

  /** A location as people write it: a path for a file of this machine, else without secrets. */
  static String shown(String location) {
    return Credentials.remove(location.replaceFirst("^file:(//)?(?=/)", ""));
  }
}
