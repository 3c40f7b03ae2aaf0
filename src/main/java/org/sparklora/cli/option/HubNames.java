package org.sparklora.cli.option;

import org.sparklora.cli.config.Problems;
import org.sparklora.hub.HubUri;
import org.sparklora.model.folder.Locations;

/** Resolves names that may be on the hub. */
public final class HubNames {
  private HubNames() {}

  /** The usual name: an id of the hub, or the text that was given. */
  static String name(String text) {
    try {
      return Locations.name(text);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /**
   * A model's location.
   *
   * @param revision {@code --revision}; empty for none
   */
  public static String model(Problems problems, String flag, String text, String revision) {
    String location = checked(problems, flag, text, Locations.input(text));
    if (revision.isEmpty()) {
      return location;
    }
    boolean hub = HubUri.isHub(location);
    problems.require(
        hub, "--revision", revision, "it is of a model of the hub, and " + text + " is a folder");
    return hub ? at(problems, location, revision) : location;
  }

  /** A data set's location; on the hub it may include a folder. */
  public static String dataset(Problems problems, String text, String config) {
    String location = checked(problems, "--dataset_name", text, Locations.dataset(text));
    if (config.isEmpty()) {
      return location;
    }
    boolean hub = HubUri.isHub(location);
    problems.require(
        hub,
        "--dataset_config_name",
        config,
        "it is a folder of a data set of the hub; of other data sets give that folder itself");
    return hub ? HubUri.parse(location).resolve(config).toString() : location;
  }

  private static String at(Problems problems, String location, String revision) {
    try {
      return HubUri.parse(location).at(revision).toString();
    } catch (IllegalArgumentException e) {
      problems.require(false, "--revision", revision, "it is no name of a branch, tag or commit");
      return location;
    }
  }

  private static String checked(Problems problems, String flag, String text, String location) {
    try {
      return HubUri.isHub(location) ? HubUri.parse(location).toString() : location;
    } catch (IllegalArgumentException e) {
      problems.require(
          false, flag, text, "it has the form hf://[datasets/]NAMESPACE/NAME[@REVISION]");
      return "";
    }
  }
}
