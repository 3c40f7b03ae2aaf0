/** A run's page: pure functions from what is known of the run to HTML. */
package org.sparklora.report.page;
