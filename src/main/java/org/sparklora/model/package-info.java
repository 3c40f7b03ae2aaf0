/**
 * Loads networks from a model folder, checks them, and copies a folder with changed weights.
 *
 * <p>Start with {@link org.sparklora.model.NetworkLoader}. Finding files belongs to {@code
 * model.folder}, reading tensors to {@code model.file}.
 */
package org.sparklora.model;
