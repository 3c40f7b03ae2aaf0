package org.sparklora.report.page;

/** A command to copy. The script adds the button, so without scripts there is none. */
final class Command {
  private Command() {}

  static void write(Html html, String text) {
    html.open("div", "class", "command").open("pre", "tabindex", "0").element("code", text);
    html.close().close();
  }
}
