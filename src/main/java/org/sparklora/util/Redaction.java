package org.sparklora.util;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps secrets out of what is logged or written. */
public final class Redaction {
  /**
   * The names of secrets, by kind, as a regular expression that is searched for in a name. It holds
   * what {@code spark.redaction.regex} has by default, and the names that other stores and services
   * use. Tokens of captions and tokenizers are not secrets: {@code --keep_tokens}, {@code
   * --placeholder_token}, {@code --initializer_tokens}, {@code eos_token}, {@code tokenizer}.
   */
  public static final String NAMES =
      "(?i)secret|passw(or)?d|passphrase|credential|signature|authorization"
          + "|(?<!\\b(?:keep|placeholder|initializer|bos|eos|unk|pad|cls|mask|sep)_)token(?!i[sz]er)"
          + "|(?:access|account|api|encryption|private|shared|storage)[._-]?key"
          + "|(?:^|[._-])(?:key|sas|sig|pwd)(?:[._-]|$)";

  private static final Pattern SECRET = Pattern.compile(NAMES);

  /**
   * User and password in a URI, as in {@code s3a://KEY:SECRET@bucket/}. A secret may have slashes
   * that are not escaped. So the text after a colon, if it is not a port, belongs to the secret up
   * to the last at sign. Azure writes {@code abfss://CONTAINER@ACCOUNT/}, which is not a user.
   */
  private static final Pattern USER_INFO =
      Pattern.compile(
          "(://)(?:[^/\\s:@]*:(?!\\d+(?:/|\\s|$))\\S*@"
              + "|(?<!\\b(?i:abfss?|wasbs?)://)[^/\\s]*@)");

  /** {@code ?name=value} and {@code &name=value} of a URI, as in a signed link. */
  private static final Pattern QUERY =
      Pattern.compile("(?<before>[?&;])(?<name>[\\w.%-]+)=(?<value>[^&;\\s\"'<>]+)");

  /** {@code name=value} as a word of its own, as in a flag or a setting. */
  private static final Pattern ASSIGNMENT =
      Pattern.compile("(?<before>^|[\\s\"'(,])(?<name>[\\w.-]+)=(?<value>[^\\s\"',]+)");

  /** Secrets that are known by their form: tokens of the Hugging Face Hub and of HTTP headers. */
  private static final Pattern FORM =
      Pattern.compile(
          "\\bhf_[A-Za-z0-9]{20,}\\b|(?<=\\b[Bb]earer )\\S+|(?<=\\b[Bb]asic )[A-Za-z0-9+/=]{8,}");

  private static final String HIDDEN = "***";

  private Redaction() {}

  /** Whether a flag or a setting of this name holds a secret. */
  public static boolean isSecret(String name) {
    return SECRET.matcher(name).find();
  }

  /** Whether a URI in the text carries user or password. */
  public static boolean hasUserInfo(String text) {
    return USER_INFO.matcher(text).find();
  }

  /**
   * Hides the secrets in a text: user and password of URIs, signatures and tokens in their queries,
   * values that are assigned to the name of a secret, and tokens known by their form.
   */
  public static String text(String text) {
    String anonymous = USER_INFO.matcher(text).replaceAll("$1");
    return FORM.matcher(hideValues(ASSIGNMENT, hideValues(QUERY, anonymous))).replaceAll(HIDDEN);
  }

  private static String hideValues(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(withoutSecret(found)));
  }

  /** The match, with its value hidden if its name is that of a secret. */
  private static String withoutSecret(MatchResult found) {
    return isSecret(found.group(2))
        ? found.group(1) + found.group(2) + "=" + HIDDEN
        : found.group();
  }
}
