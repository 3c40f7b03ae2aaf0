/**
 * The parts that pages are made of: HTML that escapes what it is given, numbers for readers,
 * curves.
 *
 * <p>Start with {@link org.sparklora.report.html.Html}. Which sections a page has, and what they
 * say, belongs to {@code report.page}.
 */
package org.sparklora.report.html;
