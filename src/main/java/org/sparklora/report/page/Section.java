package org.sparklora.report.page;

import org.sparklora.report.html.Html;

/** A part of the page. */
interface Section {
  /** The title, for the heading and the list of contents. Its first word is the section's id. */
  String title();

  /** Whether there is anything to show. */
  default boolean isIn(PageModel model) {
    return true;
  }

  /** Writes the content below the heading. */
  void write(Html html, PageModel model);
}
