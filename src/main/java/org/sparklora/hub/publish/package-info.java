/**
 * Publishes a finished run to the Hugging Face Hub as one commit.
 *
 * <p>Start with {@link org.sparklora.hub.publish.HubPublisher}. Large files go through Git LFS, in
 * parts where the hub asks for parts.
 */
package org.sparklora.hub.publish;
