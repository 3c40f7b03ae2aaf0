package org.sparklora;

import java.util.regex.Pattern;

/** Keeps secrets out of what is logged or written. */
public final class Redaction {
  /**
   * Names of secrets: what {@code spark.redaction.regex} has by default, and a few more. Tokens of
   * captions are none: {@code --keep_tokens}, {@code --placeholder_token}, {@code
   * --initializer_tokens}.
   */
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)secret|passw(or)?d|(?<!\\b(?:keep|placeholder|initializer)_)token|credential"
              + "|access[._-]?key|api[._-]?key|private[._-]?key");

  /**
   * User and password in a URI, as in {@code s3a://KEY:SECRET@bucket/}. A secret may have slashes
   * that nobody has escaped, so what follows a colon and is no port belongs to it up to the last
   * at.
   */
  private static final Pattern USER_INFO =
      Pattern.compile("(://)(?:[^/\\s:@]*:(?!\\d+(?:/|\\s|$))\\S*@|[^/\\s]*@)");

  private Redaction() {}

  /** Whether a flag or a setting of this name holds a secret. */
  public static boolean isSecret(String name) {
    return SECRET.matcher(name).find();
  }

  /** Whether a URI in the text carries user or password. */
  public static boolean hasUserInfo(String text) {
    return USER_INFO.matcher(text).find();
  }

  /** The text without the user and password of URIs. */
  public static String text(String text) {
    return USER_INFO.matcher(text).replaceAll("$1");
  }
}
