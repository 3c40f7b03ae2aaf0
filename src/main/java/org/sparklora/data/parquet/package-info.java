/**
 * Parquet details: columns that hold pictures and captions, row groups, footers.
 *
 * <p>Start with {@link org.sparklora.data.parquet.ImageColumns}. The meaning of a row for training
 * belongs to {@code data.row}.
 */
package org.sparklora.data.parquet;
