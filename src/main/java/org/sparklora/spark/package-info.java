/** Prepare job, segments, reduction service, workers. */
package org.sparklora.spark;
