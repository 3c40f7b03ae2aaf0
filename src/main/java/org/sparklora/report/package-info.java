/**
 * Reports on a run for people: progress lines, the HTML report, the model card.
 *
 * <p>Start with {@link org.sparklora.report.RunReport}. The events come from {@code report.event};
 * HTML is made in {@code report.page}.
 */
package org.sparklora.report;
