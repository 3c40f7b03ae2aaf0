/**
 * Events of a run and their listeners.
 *
 * <p>Start with {@link org.sparklora.report.event.RunEvent}. An event is a record without
 * behaviour; listeners run on a thread of their own, so that a slow one never holds up training.
 */
package org.sparklora.report.event;
