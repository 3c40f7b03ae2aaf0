package org.sparklora.cli;

import org.sparklora.ProgramVersion;
import picocli.CommandLine.IVersionProvider;

/** The version the build has written into the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {ProgramVersion.text()};
  }
}
