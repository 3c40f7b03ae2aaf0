/**
 * Rows of an open data set and ranges of them, from Parquet or from picture files.
 *
 * <p>Start with {@link org.sparklora.data.row.ImageDataset}. A range is what one Spark task reads;
 * a row that cannot be used becomes a {@link org.sparklora.data.row.BadImage}.
 */
package org.sparklora.data.row;
