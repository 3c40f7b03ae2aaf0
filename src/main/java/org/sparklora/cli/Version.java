package org.sparklora.cli;

import picocli.CommandLine.IVersionProvider;

/** The version the build has written into the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"spark-lora " + (version == null ? "(unpacked)" : version)};
  }
}
