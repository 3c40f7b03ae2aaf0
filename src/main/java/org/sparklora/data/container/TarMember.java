package org.sparklora.data.container;

/**
 * A file inside a tar.
 *
 * @param name its whole path in the tar
 * @param from number of its first byte in the tar
 * @param bytes its length
 */
record TarMember(String name, long from, long bytes) {}
