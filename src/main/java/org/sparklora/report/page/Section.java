package org.sparklora.report.page;

/** A part of the page. */
interface Section {
  /** As the heading and in the list of contents; the words' first is its id. */
  String title();

  /** Whether there is anything to show. */
  default boolean isIn(PageModel model) {
    return true;
  }

  /** Writes what stands under the heading. */
  void write(Html html, PageModel model);
}
