package org.sparklora.report.html;

/** Names and values. */
public final class Facts {
  private Facts() {}

  public static void fact(Html html, String name, String value) {
    html.open("div").element("dt", name).element("dd", value).close();
  }
}
