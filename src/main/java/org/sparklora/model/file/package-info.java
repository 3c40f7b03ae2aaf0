/**
 * Tensor files: safetensors, torch archives, and shards of both.
 *
 * <p>Start with {@link org.sparklora.model.file.TensorFile}. Torch files are read as data; no code
 * in them is ever run.
 */
package org.sparklora.model.file;
