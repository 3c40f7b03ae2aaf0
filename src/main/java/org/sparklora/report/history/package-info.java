/**
 * Remembers a run over all its attempts, in bounded memory and in one file.
 *
 * <p>Start with {@link org.sparklora.report.history.RunHistory}.
 */
package org.sparklora.report.history;
