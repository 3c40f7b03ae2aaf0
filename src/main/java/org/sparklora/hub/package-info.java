/**
 * The Hugging Face Hub as a file system: revisions, downloads, the cache that Python shares.
 *
 * <p>Start with {@link org.sparklora.hub.Hub}. Sending files to the hub belongs to {@code
 * hub.publish}.
 */
package org.sparklora.hub;
