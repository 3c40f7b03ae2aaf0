package org.sparklora.cli.option;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.hub.HubRepo;
import org.sparklora.hub.HubToken;
import org.sparklora.hub.publish.PublishConfig;
import picocli.CommandLine.Option;

/** A repository of the hub to publish to. */
public final class HubTargetOptions {
  private static final String TOKEN = "--hub_token";

  @Option(
      names = "--hub_model_id",
      paramLabel = "ID",
      description =
          "The repository: namespace/name, or a name in the namespace of the token's user (default:"
              + " the name of the folder). It is created if there is none.")
  private String hubModelId = "";

  @Option(
      names = TOKEN,
      paramLabel = "TOKEN",
      description =
          "A token with the right to write (default: HF_TOKEN, or else the file that hf auth login"
              + " writes). If it is given as a flag, every user of this machine can see it in the"
              + " list of processes.")
  private String hubToken = "";

  @Option(
      names = "--hub_private_repo",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Make a private repository. An existing public repository is refused.")
  private boolean hubPrivateRepo;

  /** The flags that were given, without the token, which is often there for reading. */
  public List<String> given() {
    List<String> given = new ArrayList<>();
    if (!hubModelId.isEmpty()) {
      given.add("--hub_model_id");
    }
    if (hubPrivateRepo) {
      given.add("--hub_private_repo");
    }
    return given;
  }

  public PublishConfig config(Problems problems) {
    boolean named = hubModelId.isEmpty();
    problems.require(
        named || HubRepo.isId(hubModelId.contains("/") ? hubModelId : "user/" + hubModelId),
        "--hub_model_id",
        hubModelId,
        "it must be namespace/name or a name, of letters, digits, '-', '_' and '.'");
    return new PublishConfig(
        Optional.of(hubModelId).filter(id -> !id.isEmpty()), token(problems), hubPrivateRepo);
  }

  /** The token. It is never part of a message, whatever is wrong with it. */
  private Optional<HubToken> token(Problems problems) {
    if (hubToken.isEmpty()) {
      return Optional.empty();
    }
    try {
      FlagLog.warn(TOKEN + " can be seen in the list of processes; HF_TOKEN cannot");
      return Optional.of(new HubToken(hubToken, TOKEN));
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
      return Optional.empty();
    }
  }
}
