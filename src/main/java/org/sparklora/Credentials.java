package org.sparklora;

import java.util.regex.Pattern;

/** Keeps secrets out of what is written for others. */
public final class Credentials {
  private static final Pattern USER_INFO = Pattern.compile("(://)[^/\\s]*@");

  private Credentials() {}

  /** The text without user and password in its URIs, as in {@code s3a://KEY:SECRET@bucket/}. */
  public static String remove(String text) {
    return USER_INFO.matcher(text).replaceAll("$1");
  }
}
