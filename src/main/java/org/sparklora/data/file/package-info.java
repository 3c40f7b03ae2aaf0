/**
 * Finds the files of a data set and says which of them count.
 *
 * <p>Start with {@link org.sparklora.data.file.FolderFiles}. Hugging Face's rules for splits, names
 * that begin with a point, table formats that cannot be read as loose files: all are decided here,
 * once. The content of a file is read elsewhere.
 */
package org.sparklora.data.file;
