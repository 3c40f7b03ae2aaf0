/**
 * Tells people how a run goes: progress lines, the report, the model card.
 *
 * <p>Start with {@link org.sparklora.report.RunReport}. The events come from {@code report.event};
 * HTML is made in {@code report.page}.
 */
package org.sparklora.report;
