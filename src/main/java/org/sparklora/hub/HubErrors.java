package org.sparklora.hub;

/** Explains an answer that is not a success, and says what to do. */
public final class HubErrors {
  private HubErrors() {}

  /** Checks the answer to a call that is not about a repository. */
  public static void requireOk(HubResponse response) throws HubException {
    if (!response.isOk()) {
      throw other(response);
    }
  }

  public static void requireOk(
      HubResponse response, HubSettings settings, HubRepo repo, String revision)
      throws HubException {
    if (response.isOk()) {
      return;
    }
    String what = repo.kind().label() + " " + repo.id();
    String code = response.header("X-Error-Code").orElse("");
    if (code.equals("GatedRepo")) {
      throw new HubException(
          HubException.Reason.REFUSED,
          "Cannot read "
              + what
              + ": it is gated; accept its conditions at "
              + settings.page(repo)
              + tokenOf(settings));
    }
    if (code.equals("RevisionNotFound")) {
      throw new HubException(
          HubException.Reason.MISSING,
          "Missing revision " + revision + " of " + what + " on " + settings.endpoint());
    }
    if (code.equals("EntryNotFound")) {
      throw new HubException(
          HubException.Reason.MISSING,
          "Missing file " + response.request().url().getPath() + " on " + settings.endpoint());
    }
    if (code.equals("RepoNotFound") || response.status() == 404 || response.status() == 401) {
      throw new HubException(
          HubException.Reason.MISSING,
          "Missing "
              + what
              + ": no folder of this name is here, and "
              + settings.endpoint()
              + " has none that may be read; check the name, or, if it is private"
              + tokenOf(settings).substring(1));
    }
    if (response.status() == 403) {
      throw new HubException(
          HubException.Reason.REFUSED,
          "Cannot use " + what + ": not allowed: " + response.message() + tokenOf(settings));
    }
    throw other(response);
  }

  private static String tokenOf(HubSettings settings) {
    return settings
        .token()
        .map(token -> "; " + token + " has no right to it, set HF_TOKEN to one that has")
        .orElse("; no token was given, set HF_TOKEN to one that has the right to it");
  }

  private static HubException other(HubResponse response) {
    return new HubException(
        HubException.Reason.UNREACHABLE,
        "Cannot go on: "
            + response.request().describe()
            + " was answered with status "
            + (response.status() + " " + response.message()).strip());
  }
}
