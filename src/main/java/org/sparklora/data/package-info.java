/**
 * Opens a data set: Parquet files with pictures in them, folders of pictures with captions, tars of
 * WebDataset, or Arrow files.
 *
 * <p>Start with {@link org.sparklora.data.DatasetFolder}, which looks at a location and decides how
 * to read it. Finding files belongs to {@code data.file}, finding pictures in tars and Arrow files to {@code
 * data.container}, reading rows to {@code data.row}, encoded pictures to {@code data.cache}.
 */
package org.sparklora.data;
