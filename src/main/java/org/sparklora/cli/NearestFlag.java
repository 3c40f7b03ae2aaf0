package org.sparklora.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.NearestName;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a misspelt flag was probably meant to be. */
final class NearestFlag {
  private NearestFlag() {}

  /** The flag nearest to the first one that is not known. */
  static Optional<String> of(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return Optional.empty();
    }
    CommandLine command = e.getCommandLine();
    List<String> known = new ArrayList<>(command.getSubcommands().keySet());
    command.getCommandSpec().options().forEach(option -> known.add(option.longestName()));
    return NearestName.likely(unmatched.getUnmatched().get(0).replaceFirst("=.*", ""), known);
  }
}
