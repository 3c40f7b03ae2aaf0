/** Progress, metrics, samples, model card. */
package org.sparklora.report;
