/**
 * Makes a run's HTML page from what is remembered of the run.
 *
 * <p>Start with {@link org.sparklora.report.page.Page}. Everything here is a pure function from
 * data to text; nothing reads files or clocks.
 */
package org.sparklora.report.page;
