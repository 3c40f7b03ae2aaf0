/**
 * Makes a run's HTML page from its history.
 *
 * <p>Start with {@link org.sparklora.report.page.Page}. Everything here is a pure function from
 * data to text; nothing reads files or clocks.
 */
package org.sparklora.report.page;
