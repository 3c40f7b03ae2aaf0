package org.sparklora.util;

import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps secrets out of what is logged or written. */
public final class Redaction {
  /**
   * The names of secrets, by kind, as a regular expression that is searched for in a name. It holds
   * what {@code spark.redaction.regex} has by default, and the names that other stores and services
   * use. Tokens of captions and tokenizers are not secrets: {@code --keep_tokens}, {@code
   * --placeholder_token}, {@code --initializer_tokens}, {@code eos_token}, {@code tokenizer},
   * {@code --max_token_length}, {@code token_embedding.weight}. Nor is a column that orders rows:
   * {@code --dataset_key}.
   */
  public static final String NAMES =
      "(?i)secret|passw(or)?d|passphrase|credential|signature|authorization"
          + "|(?<!\\b(?:keep|placeholder|initializer|bos|eos|unk|pad|cls|mask|sep)_)token"
          + "(?!i[sz]er|_length|_embedding)"
          + "|(?:access|account|api|encryption|private|shared|storage)[._-]?key"
          + "|(?:^|(?<!\\bdataset)[._-])(?:key|sas|sig|pwd)(?:[._-]|$)";

  /**
   * Settings that are hidden, by name or value, as a regular expression: those of a secret's name,
   * and those with user and password in a URI.
   */
  public static final String SETTINGS = NAMES + "|://[^/\\s:@]*:[^\\s@]+@";

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
      Pattern.compile("(?<before>[?&;])(?<name>[\\w.%-]+)(?<link>=)(?<value>[^&;\\s\"'<>]+)");

  /** {@code name=value} as a word of its own, as in a flag or a setting. */
  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?<before>^|[\\s\"'(,])(?<name>[\\w.-]+)(?<link>=)"
              + "(?<value>\"[^\"]*\"|'[^']*'|[^\\s\"',]+)");

  /**
   * A quoted name with its value: JSON, a dict of Python, a header in JSON. In JSON within JSON the
   * quotes have a backslash.
   */
  private static final Pattern QUOTED =
      Pattern.compile(
          "(?<before>(?<quote>\\\\?[\"']))(?<name>[\\w.-]+)(?<link>\\k<quote>\\s*[:=]\\s*)"
              + "(?<value>(?<open>\\\\?[\"']).*?(?:(?<!\\\\)\\k<open>|(?=\\R|$))|[^\\s,}\\]]+)");

  /** {@code name: value} and {@code name = value}, as in YAML, properties and headers. */
  private static final Pattern PLAIN =
      Pattern.compile(
          "(?m)(?<before>^|[\\s{(\\[\"',])(?<!Missing"
              + " )(?<name>[\\w.-]+)(?<link>\\s*:\\s+|\\s+=\\s*)"
              + "(?<value>\"[^\"]*\"|'[^']*'|[^\\s,;})\\]\"']+)");

  /**
   * Names that do not occur before a colon in ordinary sentences: {@code password}, and words like
   * {@code key} and {@code token} if another word is joined before them.
   */
  private static final Pattern NO_WORD =
      Pattern.compile(
          "(?i)passw(or)?d|passphrase|\\w[._-](secret|token|key|sig|sas|signature)|apikey");

  /**
   * The credentials in a request's headers: the rest of the line after the scheme, such as {@code
   * Bearer}.
   */
  private static final Pattern HEADER =
      Pattern.compile(
          "(?i)(\\b(?:(?:proxy-)?authorization|(?:set-)?cookie)\\s*[:=]\\s*"
              + "(?:(?:bearer|basic|digest|token|negotiate|sharedkey|aws4-hmac-sha256)\\s+)?)"
              + "[^\\s\"'][^\\r\\n\"']*+(?:(?<==)\"[^\"\\r\\n]*\"[^\\r\\n\"']*+)*+");

  /** Secrets that are known by their form: tokens of the Hugging Face Hub and of HTTP headers. */
  private static final Pattern FORM =
      Pattern.compile(
          "\\bhf_[A-Za-z0-9]{20,}\\b|(?<=\\b(?i:bearer) )\\S+"
              + "|(?<=\\b(?i:basic) )(?=\\S*[0-9A-Z+/=])[A-Za-z0-9+/=]{8,}");

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
   * values that are given to the name of a secret, headers with credentials, and tokens known by
   * their form.
   */
  public static String text(String text) {
    String hidden = USER_INFO.matcher(text).replaceAll("$1");
    hidden = HEADER.matcher(hidden).replaceAll("$1" + HIDDEN);
    hidden = hideValues(QUOTED, hidden, name -> isSecret(name) && !name.equalsIgnoreCase("key"));
    hidden = hideValues(QUERY, hidden, Redaction::isSecret);
    hidden = hideValues(ASSIGNMENT, hidden, Redaction::isSecret);
    hidden = hideValues(PLAIN, hidden, name -> isSecret(name) && NO_WORD.matcher(name).find());
    return FORM.matcher(hidden).replaceAll(HIDDEN);
  }

  private static String hideValues(Pattern pattern, String text, Predicate<String> secret) {
    Matcher found = pattern.matcher(text);
    StringBuilder hidden = new StringBuilder();
    while (found.find()) {
      String shown = found.group();
      if (secret.test(found.group("name"))) {
        String value = found.group("value");
        shown = shown.substring(0, shown.length() - value.length()) + inQuotesOf(value);
      }
      found.appendReplacement(hidden, Matcher.quoteReplacement(shown));
    }
    return found.appendTail(hidden).toString();
  }

  private static String inQuotesOf(String value) {
    int quotes = value.startsWith("\\") ? 2 : 1;
    boolean quoted = value.length() >= quotes && "\"'".indexOf(value.charAt(quotes - 1)) >= 0;
    return quoted ? value.substring(0, quotes) + HIDDEN + value.substring(0, quotes) : HIDDEN;
  }
}
