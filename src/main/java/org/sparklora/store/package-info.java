/** Files on any Hadoop file system: whole or not at all, once only, and by one run at a time. */
package org.sparklora.store;
