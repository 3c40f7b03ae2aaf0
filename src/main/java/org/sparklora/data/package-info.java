/**
 * Opens a data set: Parquet files with pictures in them, or folders of pictures with captions.
 *
 * <p>Start with {@link org.sparklora.data.DatasetFolder}, which looks at a location and decides how
 * to read it. Finding files belongs to {@code data.file}, reading rows to {@code data.row}, encoded
 * pictures to {@code data.cache}.
 */
package org.sparklora.data;
