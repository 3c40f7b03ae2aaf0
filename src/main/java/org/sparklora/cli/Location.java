package org.sparklora.cli;

import org.sparklora.model.Locations;

/** A folder as the user names it. */
final class Location {
  private Location() {}

  /** The folder for everybody, see {@link Locations#absolute}. */
  static String resolve(String text) {
    return Locations.absolute(text);
  }
}
