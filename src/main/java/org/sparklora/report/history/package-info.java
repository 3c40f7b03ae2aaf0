/** What is known of a run, over all its attempts, in bounded memory. */
package org.sparklora.report.history;
