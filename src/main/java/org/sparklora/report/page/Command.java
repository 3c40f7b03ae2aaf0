package org.sparklora.report.page;

/** Something to copy. The button is the script's: without it there is none. */
final class Command {
  private Command() {}

  static void write(Html html, String text) {
    html.open("div", "class", "command").open("pre", "tabindex", "0").element("code", text);
    html.close().close();
  }
}
