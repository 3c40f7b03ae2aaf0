package org.sparklora.report.html;

/** A command to copy. The page's script adds the copy button, so there is none without scripts. */
public final class Command {
  private Command() {}

  public static void write(Html html, String text) {
    html.open("div", "class", "command").open("pre", "tabindex", "0").element("code", text);
    html.close().close();
  }
}
