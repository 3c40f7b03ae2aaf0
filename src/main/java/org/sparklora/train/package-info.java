/** Objective, optimizer, schedules, state: training without a word of Spark. */
package org.sparklora.train;
