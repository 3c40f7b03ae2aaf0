/**
 * Files on any Hadoop file system: written whole or not at all, and by one run at a time.
 *
 * <p>Start with {@link org.sparklora.store.StoreFile} and {@link org.sparklora.store.OutputLease}.
 */
package org.sparklora.store;
