/**
 * Folders of models on this machine, on object storage or on the hub, and their JSON files.
 *
 * <p>Start with {@link org.sparklora.model.folder.ModelFolder}. It says which files a component
 * has; what is in them belongs to {@code model} and {@code model.file}.
 */
package org.sparklora.model.folder;
