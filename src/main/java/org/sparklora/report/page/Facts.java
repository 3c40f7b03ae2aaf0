package org.sparklora.report.page;

/** Names and values. */
final class Facts {
  private Facts() {}

  static void fact(Html html, String name, String value) {
    html.open("div").element("dt", name).element("dd", value).close();
  }
}
