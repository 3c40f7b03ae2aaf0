package org.sparklora.hub;

import java.util.regex.Pattern;

/**
 * A secret token of the hub. Its text is never part of a message.
 *
 * @param source of the token, for messages
 */
public record HubToken(String secret, String source) {
  private static final Pattern HEADER_VALUE = Pattern.compile("[!-~]+");

  public HubToken {
    if (!HEADER_VALUE.matcher(secret).matches()) {
      throw new IllegalArgumentException(
          "Invalid token in " + source + ": it has spaces or other characters no token has");
    }
  }

  /** The header's value. */
  String authorization() {
    return "Bearer " + secret;
  }

  @Override
  public String toString() {
    return "the token of " + source;
  }
}
